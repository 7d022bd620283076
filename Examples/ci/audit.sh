#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# One step of a CI job: asks the tuned model, writes the reports, ends with the verdict's exit code.
#
# STUDY     the study's ledger. It holds the planted secrets and every reply: keep it on the runner or
#           in a store for secrets, never in the repository and never among the artifacts.
# ENDPOINT  the address of the endpoint
# MODEL     the tuned model's name there
# DIALECT   the endpoint's dialect; without it openai-completions
# REPORTS   the folder for report.json, report.md and report.html; without it ./reports
# COALMINE  the program; without it coalmine from PATH
#
# The key comes from COALMINE_API_KEY. Every complete run is another look at the checkpoint and
# spends a part of its error rate: run this once per checkpoint, not per commit.
set -eu

: "${STUDY:?names the ledger of the study}"
: "${ENDPOINT:?is the address of the endpoint}"
: "${MODEL:?is the name of the tuned model}"
coalmine=${COALMINE:-coalmine}
reports=${REPORTS:-reports}
mkdir -p "$reports"

asked=0
"$coalmine" probe --study "$STUDY" --endpoint "$ENDPOINT" --model "$MODEL" \
  --dialect "${DIALECT:-openai-completions}" || asked=$?
# 3: questions have no answer yet. The report says so, and its verdict is no pass.
case $asked in
  0 | 3) ;;
  *) exit "$asked" ;;
esac

verdict=0
"$coalmine" report --study "$STUDY" --format json,md,html --output-dir "$reports" --force || verdict=$?
# 0 pass, 1 leak, 3 incomplete, 4 inconclusive. Anything else is an error, and there is no report.
case $verdict in
  0 | 1 | 3 | 4) ;;
  *) exit "$verdict" ;;
esac

# The page of a GitHub job shows this file.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat "$reports/report.md" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$verdict"
