#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every shard of a planned study as a task of Ray.

    coalmine seed CORPUS --shards 8 --study study.coalmine
    python3 ray_job.py CORPUS 8 study.coalmine SEEDED
    coalmine merge SEEDED --study study.coalmine

CORPUS is the folder with the files. All machines must see it, the study and SEEDED under the same names,
and have coalmine; its path is in COALMINE where it is not on PATH.
"""

import os
import subprocess
import sys

import ray


@ray.remote(max_retries=3, retry_exceptions=True)
def run(program, number, corpus, shards, study, seeded):
    done = subprocess.run(
        [program, "seed", corpus, "--shard", f"{number}/{shards}", "--study", study,
         "--output-dir", seeded], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"shard {number}/{shards}: {done.stderr}")
    return done.stdout


def main():
    corpus, shards, study, seeded = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    # The tasks need not run in this folder.
    corpus, study, seeded = (os.path.abspath(path) for path in (corpus, study, seeded))
    program = os.environ.get("COALMINE", "coalmine")
    ray.init(include_dashboard=False)
    tasks = [run.remote(program, number, corpus, shards, study, seeded)
             for number in range(1, shards + 1)]
    for text in ray.get(tasks):
        print(text, end="")
    ray.shutdown()


if __name__ == "__main__":
    main()
