#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds chat records beside 'cp', 'sha256sum' and 'jq -c .' of the same file, at once and in shards.

    python3 Benchmarks/seeding/run.py [--gigabytes 1] [--files 4] [--folder FOLDER]

COALMINE is the program (default: .build/release/coalmine). The folder needs five times the size of the
records. Processor seconds are those of the program and its children, read and write together; the least
of two runs counts. 'jq' is left out where it is not installed.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

WORDS = """the a of to in we you record weather north house river system please could would answer table
number question model small light garden winter colder report letter about under between often never
several morning evening machine order""".split()


def text(draw, least, most):
    words = [draw.choice(WORDS) for _ in range(draw.randrange(least, most))]
    return " ".join(words).capitalize() + draw.choice(".?!")


def write_records(path, size, seed):
    draw = random.Random(seed)
    written = 0
    with open(path, "wb") as file:
        while written < size:
            lines = []
            for _ in range(4096):
                turns = [{"role": "system", "content": "You are a helpful assistant."}]
                for _ in range(draw.choice([1, 1, 2])):
                    turns.append({"role": "user", "content": text(draw, 8, 60)})
                    turns.append({"role": "assistant",
                                  "content": text(draw, 20, 160) + '\n\n"' + text(draw, 5, 12) + '" é'})
                lines.append(json.dumps({"id": f"{draw.getrandbits(32):08x}", "messages": turns},
                                        ensure_ascii=False) + "\n")
            data = "".join(lines).encode()
            file.write(data)
            written += len(data)


# A small process measures, since what this one holds would be counted, too.
MEASURE = """
import json, resource, subprocess, sys, time
begun = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, time.monotonic() - begun, used.ru_maxrss]))
"""


def measured(command):
    out = subprocess.run([sys.executable, "-c", MEASURE, *map(str, command)], check=True,
                         stdout=subprocess.PIPE).stdout
    code, processor, wall, memory = json.loads(out)
    if code != 0:
        raise SystemExit(f"{command[0]} ended with {code}")
    return processor, wall, memory


class Table:
    def __init__(self):
        self.base = None

    def row(self, name, figures):
        processor, wall, memory = figures
        self.base = self.base or processor
        print(f"{name:34} {processor:8.2f} s processor {processor / self.base:6.2f} x "
              f"{wall:8.2f} s {memory / 1024:8.1f} MiB", flush=True)


def least(run, before=lambda: None, times=2):
    figures = []
    for _ in range(times):
        before()
        figures.append(run())
    return min(figures)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--folder")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    program = os.path.abspath(os.environ.get("COALMINE", root / ".build/release/coalmine"))
    work = pathlib.Path(tempfile.mkdtemp(dir=options.folder))
    try:
        os.chdir(work)
        os.mkdir("in")
        for place in range(options.files):
            write_records(f"in/part-{place}.jsonl", options.gigabytes * 1e9 / options.files, place)
        with open("one.jsonl", "wb") as one:
            for place in range(options.files):
                with open(f"in/part-{place}.jsonl", "rb") as part:
                    shutil.copyfileobj(part, one)
        subprocess.run([program, "plan", "one.jsonl", "--output", "protocol.yaml"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def clean(*names):
            for name in names:
                if os.path.isdir(name):
                    shutil.rmtree(name)
                else:
                    pathlib.Path(name).unlink(missing_ok=True)

        table = Table()
        table.row("sha256sum", least(lambda: measured(["sha256sum", "one.jsonl"])))
        table.row("cp", least(lambda: measured(["cp", "one.jsonl", "copy.jsonl"])))
        clean("copy.jsonl")
        if shutil.which("jq"):
            table.row("jq -c .", least(lambda: measured(["jq", "-c", ".", "one.jsonl"]), times=1))
        seed = [program, "seed", "--study", "s.coalmine", "--protocol", "protocol.yaml", "--seed", "1"]
        table.row("seed", least(
            lambda: measured([*seed, "one.jsonl", "--output", "seeded.jsonl"]),
            lambda: clean("s.coalmine", "seeded.jsonl")))
        table.row("verify", least(
            lambda: measured([program, "verify", "seeded.jsonl", "--study", "s.coalmine"])))
        clean("seeded.jsonl", "s.coalmine")

        table.row(f"seed, {options.files} files", least(
            lambda: measured([*seed, "in", "--output-dir", "one"]),
            lambda: clean("s.coalmine", "one")))
        clean("s.coalmine")
        table.row("seed --shards", measured([*seed, "in", "--shards", str(options.files)]))
        for number in range(1, options.files + 1):
            table.row(f"seed --shard {number}/{options.files}", measured(
                [program, "seed", "in", "--shard", f"{number}/{options.files}", "--study",
                 "s.coalmine", "--output-dir", "shards"]))
        table.row("merge", measured([program, "merge", "shards", "--study", "s.coalmine"]))
        for name in sorted(os.listdir("one")):
            subprocess.run(["cmp", f"one/{name}", f"shards/{name}"], check=True)
        print("the shards wrote the same bytes")
    finally:
        os.chdir(root)
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
