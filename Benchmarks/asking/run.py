# SPDX-License-Identifier: Apache-2.0
"""What `coalmine probe` costs beside a plain aiohttp client and lm-evaluation-harness.

python3 Benchmarks/asking/run.py [--canaries N] [--rounds N]

It needs `swift build -c release --product coalmine` first (or COALMINE, the path of a binary) and
the Python package index: aiohttp, the harness and torch are installed under `Benchmarks/asking/.work`.
A study is seeded and the demo model served; one run of each fills the memory of `server.py`, which then
answers at once, or after 20 ms. `probe` (with its ledger), the client, which asks the same requests,
and the harness, which scores the same texts in requests of its own, alternate. Printed are wall
seconds, CPU seconds per 1,000 texts, the most memory, and the size of the ledger.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

here = pathlib.Path(__file__).resolve().parent
repository = here.parents[1]
work = here / ".work"
binary = os.environ.get("COALMINE", str(repository / ".build/release/coalmine"))


packages = ["aiohttp==3.13.2", "lm-eval[api]==0.4.13", "transformers", "torch"]


def measured(command):
    """Runs a command: wall seconds, CPU seconds, most MiB resident, what it printed."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as notes:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=printed, stderr=notes, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        printed.seek(0)
        notes.seek(0)
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"{command}: {os.waitstatus_to_exitcode(status)}\n{notes.read()}")
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--canaries", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    work.mkdir(exist_ok=True)
    python = work / "venv/bin/python"
    if not python.exists():
        venv.create(work / "venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    folder = work / "study"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    corpus = folder / "corpus.jsonl"
    with corpus.open("w") as file:
        for number in range(4_000):
            words = f"Entry {number}: the ferry to Ansel Bay leaves at {number % 24}:{number % 60:02}."
            file.write(json.dumps({"text": words}) + "\n")
    plan, study, seeded = (folder / name for name in ["plan.yaml", "study.coalmine", "seeded.jsonl"])
    measured([binary, "plan", "--canaries", options.canaries, "--score", "secret-logprob",
              "--output", plan])
    measured([binary, "seed", corpus, "--protocol", plan, "--study", study, "--output", seeded,
              "--seed", "7"])
    model = subprocess.Popen(
        [binary, "serve", "--train", seeded, "--port", "0"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    behind = next(
        word for line in iter(model.stdout.readline, "") for word in line.split()
        if word.startswith("http://")).rstrip(".,/").removesuffix("/v1")
    server = subprocess.Popen(
        [sys.executable, here / "server.py", behind, folder], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().strip()

    def tell(**command):
        server.stdin.write(json.dumps(command) + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())["requests"]

    try:
        def probe(copy):
            shutil.copy(study, copy)
            return measured(
                [binary, "probe", "--study", copy, "--endpoint", url, "--model", "demo-model",
                 "--probe-set", "exposure", "--json"])

        copy = folder / "run.coalmine"
        tell(delay=0)
        probe(copy)
        tell(save=True)
        texts = int(measured(
            [python, here / "client.py", url, folder / "bodies.jsonl", 4, folder / "replies"])[3])

        def harness():
            _, cpu, memory, printed = measured(
                [python, here / "lm_eval_client.py", url, folder / "bodies.jsonl", 4, folder])
            done = json.loads(printed.strip().splitlines()[-1])
            return done["seconds"], cpu, memory, done["texts"]

        scored = harness()[3]
        for delay in [0.0, 0.02]:
            taken = {"coalmine": [], "aiohttp": [], "lm-eval": []}
            for _ in range(options.rounds):
                requests = tell(delay=delay)
                taken["coalmine"].append(probe(copy))
                requests = tell()
                taken["aiohttp"].append(measured(
                    [python, here / "client.py", url, folder / "bodies.jsonl", 4,
                     folder / "replies"]))
                taken["lm-eval"].append(harness())
            print(f"delay {delay * 1000:.0f} ms: {requests} requests, {texts} texts, of which the harness "
                  f"scores {scored}; its CPU includes loading it")
            for name, runs in taken.items():
                asked = scored if name == "lm-eval" else texts
                wall = statistics.median(run[0] for run in runs)
                cpu = statistics.median(run[1] for run in runs)
                memory = max(run[2] for run in runs)
                print(f"  {name:9} wall {wall:6.2f} s, {asked / wall:7.0f} texts per s, "
                      f"CPU {1000 * cpu / asked:.3f} s per 1,000 texts, at most {memory:.0f} MiB")
        print(f"ledger {copy.stat().st_size / 1e6:.1f} MB, replies "
              f"{(folder / 'replies').stat().st_size / 1e6:.1f} MB")
    finally:
        server.kill()
        model.kill()


if __name__ == "__main__":
    main()
