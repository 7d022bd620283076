#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Seeds a small corpus on one machine and by each job of this folder, and compares the files byte for
# byte. A job whose engine is not there is left out, and said so.
#
# COALMINE  the program (default: .build/release/coalmine)
# PYTHON    a Python that has pyspark or ray (default: python3)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
COALMINE=$(realpath "${COALMINE:-$here/../../.build/release/coalmine}")
export COALMINE
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir corpus
for part in 0 1 2 3 4 5; do
  for record in $(seq 700); do
    echo "{\"text\": \"Record $record of part $part says that the weather was colder than before.\"}"
  done >"corpus/part-$part.jsonl"
done
gzip corpus/part-4.jsonl
printf 'version: 2\nkinds: [access-code, email]\n' >protocol.yaml
choose=(--protocol protocol.yaml --seed 11 --hold-out 10)

"$COALMINE" seed corpus --output-dir one --study one.coalmine "${choose[@]}" >/dev/null

# Plans, runs a job, merges and compares.
try() {
  local name=$1
  shift
  "$COALMINE" seed corpus --shards 4 --study "$name.coalmine" "${choose[@]}" >/dev/null
  "$@" >"$name.log" 2>&1 || { cat "$name.log"; exit 1; }
  "$COALMINE" merge "$name" --study "$name.coalmine" >/dev/null
  diff <(ls -A one) <(ls -A "$name")
  for file in one/*; do cmp "$file" "$name/${file#one/}"; done
  "$COALMINE" verify "$name" --study "$name.coalmine" >/dev/null
  echo "$name: every file is equal"
}

# What Slurm sets for each task of an array.
array() {
  for task in 1 2 3 4; do
    SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MAX=4 \
      bash "$here/slurm.sh" corpus slurm.coalmine slurm &
    tasks+=($!)
  done
  for task in "${tasks[@]}"; do wait "$task"; done
}

tasks=()
try slurm array
if "$python" -c 'import pyspark' 2>/dev/null; then
  try spark "$python" "$here/spark_job.py" corpus 4 spark.coalmine spark
else
  echo "spark: left out, '$python' has no pyspark"
fi
if "$python" -c 'import ray' 2>/dev/null; then
  try ray "$python" "$here/ray_job.py" corpus 4 ray.coalmine ray
else
  echo "ray: left out, '$python' has no ray"
fi
