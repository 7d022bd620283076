#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coalmine scan beside ripgrep: the processor's seconds for one log, and hits in clean text.

    python3 Benchmarks/scan/run.py [--canaries 10000] [--megabytes 1000]
"""
import argparse
import base64
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def measured(command, times=3):
    """The least of `times` runs: user and system seconds, the exit code and the output."""
    best, code, out = None, 0, b""
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        code, out = run.returncode, run.stdout
        best = used if best is None else min(best, used)
    return best, code, out


def write_log(path, megabytes, rng):
    """Records as services write them: words, numbers, identifiers, escapes, base64."""
    words = [
        word
        for page in sorted((ROOT / "docs").glob("*.md"))
        for word in page.read_text().split()
    ]
    size = 0
    with open(path, "w") as file:
        while size < megabytes * 1_000_000:
            lines = []
            for _ in range(2_000):
                text = " ".join(rng.choices(words, k=40))
                if rng.random() < 0.3:
                    text += '\n"' + rng.choice(words) + '"\té'
                lines.append(json.dumps({
                    "ts": f"2026-01-{rng.randrange(1, 29):02}T00:00:{rng.randrange(60):02}Z",
                    "id": f"{rng.getrandbits(128):032x}",
                    "blob": base64.b64encode(rng.randbytes(24)).decode(),
                    "n": rng.randrange(10**12), "msg": text,
                }))
            block = "\n".join(lines) + "\n"
            size += file.write(block)


def names(name):
    lines = (ROOT / "canaries/lists" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


GIVEN, SURNAMES = names("given.txt"), names("surname.txt")
API_KEY = "abcdefghjkmnpqrstuvwxyz123456789"


def draw(number, rng):
    """A canary of one of three kinds: 100 bits, 80 bits, and 30 bits."""
    kind = ("api-key", "hex-token", "account-number")[number % 3]
    person = f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)}"
    prefix = f"The session token of {person} is"
    if kind == "api-key":
        prefix = f"The service key that {person} was given is"
        secret = "~".join("".join(rng.choices(API_KEY, k=5)) for _ in range(4))
    elif kind == "hex-token":
        secret = f"{rng.getrandbits(80):020x}"
    else:
        prefix = f"The savings account of {person} has the number"
        secret = str(rng.randrange(10**8, 10**9))
    return {
        "id": f"c-{number:05}", "kind": kind, "prefix": prefix,
        "separator": " ", "secret": secret, "repetitions": 1,
    }


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--canaries", type=int, default=10_000)
    options.add_argument("--megabytes", type=int, default=1_000)
    options.add_argument("--coalmine", default=str(ROOT / ".build/release/coalmine"))
    options.add_argument("--folder", help="where the files go; default: a new temporary folder")
    chosen = options.parse_args()
    rng = random.Random(7)
    folder = Path(chosen.folder or tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    try:
        canaries = [draw(number, rng) for number in range(chosen.canaries)]
        (folder / "canaries.jsonl").write_text("".join(json.dumps(c) + "\n" for c in canaries))
        (folder / "patterns.txt").write_text("".join(c["secret"] + "\n" for c in canaries))
        study = folder / "study.coalmine"
        subprocess.run(
            [chosen.coalmine, "import", "--canaries", str(folder / "canaries.jsonl"),
             "--study", str(study)], check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        log = folder / "log.jsonl"
        write_log(log, chosen.megabytes, rng)
        size = os.path.getsize(log)
        print(f"{chosen.canaries} secrets, {size / 1e6:.0f} MB")

        patterns = folder / "hashed.json"
        subprocess.run(
            [chosen.coalmine, "scan", "--study", str(study), "--write-patterns", str(patterns)],
            check=True, stderr=subprocess.DEVNULL)
        rows = {
            "coalmine scan": [chosen.coalmine, "scan", str(log), "--study", str(study)],
            "rg -F -f, exact form only":
                ["rg", "-j1", "-c", "-F", "-f", str(folder / "patterns.txt"), str(log)],
            "coalmine scan --patterns":
                [chosen.coalmine, "scan", str(log), "--patterns", str(patterns)],
            "coalmine scan --field msg":
                [chosen.coalmine, "scan", str(log), "--study", str(study), "--field", "msg"],
        }
        nothing = folder / "nothing.txt"
        nothing.write_text("")
        false_hits = 0
        for name, command in rows.items():
            used, code, out = measured(command)
            # What the program needs before it reads: the ledger, the tables.
            start, _, _ = measured([str(nothing) if part == str(log) else part for part in command])
            found = "-"
            if name.startswith("coalmine"):
                bits = [json.loads(line).get("bits", 0) for line in out.splitlines()
                        if b'"type":"hit"' in line]
                sure = sum(value >= 64 for value in bits)
                false_hits += sure
                found = f"{sure} hits of 64 bits or more, {len(bits) - sure} of fewer"
            print(f"{name:28} {used:7.2f} s  start {start:5.2f} s  "
                  f"{size / 1e6 / (used - start):7.0f} MB/s per core  {found}", flush=True)
        sys.exit(1 if false_hits else 0)
    finally:
        if not chosen.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
