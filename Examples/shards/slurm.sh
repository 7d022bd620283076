#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One shard of a planned study per task of a Slurm array. Submit it in the folder of the study, with
# the number of shards as its last index:
#
#   coalmine seed corpus --shards 8 --study study.coalmine
#   sbatch --wait --array=1-8 slurm.sh corpus study.coalmine seeded
#   coalmine merge seeded --study study.coalmine
#
#SBATCH --job-name=coalmine-seed
#SBATCH --cpus-per-task=1
#SBATCH --requeue
set -euo pipefail
exec "${COALMINE:-coalmine}" seed "$1" --study "$2" --output-dir "$3" \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_MAX"
