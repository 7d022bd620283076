#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every shard of a planned study as a task of Spark.

    coalmine seed CORPUS --shards 8 --study study.coalmine
    python3 spark_job.py CORPUS 8 study.coalmine SEEDED
    coalmine merge SEEDED --study study.coalmine

CORPUS is the folder with the files. All machines must see it, the study and SEEDED under the same names,
and have coalmine; its path is in COALMINE where it is not on PATH. Spark runs a task that failed again,
which is safe: a shard writes the same bytes however often it runs. With 'spark.speculation' the second
copy of a task would find the files of the first in use, so it is switched off.
"""

import os
import subprocess
import sys

from pyspark.sql import SparkSession


def run(number, corpus, shards, study, seeded):
    program = os.environ.get("COALMINE", "coalmine")
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
    spark = (SparkSession.builder.appName("coalmine seed")
             .config("spark.speculation", "false").getOrCreate())
    try:
        numbers = spark.sparkContext.parallelize(range(1, shards + 1), shards)
        for text in numbers.map(lambda one: run(one, corpus, shards, study, seeded)).collect():
            print(text, end="")
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
