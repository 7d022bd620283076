# SPDX-License-Identifier: Apache-2.0
"""Measures what a study finds by the access that an endpoint gives: scores of given texts, samples with
their 20 likeliest tokens, or text alone.

python3 Benchmarks/tiny-model/tiers.py [--levels 1,4,8,16,32] [--inserted 9,36] [--references 63] [--studies 10000] [--stored]

It needs `swift build -c release --product coalmine` (or COALMINE, the path of a binary), Python 3.11 or
later and the Python package index. llama.cpp serves the fixtures' tuned model, which has seven canaries
of five kinds at each number of repetitions. Per number and access it imports a study of these and of the
held-out ones, probes it, and reads the p-values of each inserted secret from the JSON report: of its
rank, of its mass, and of its being found in a reply. `--stored` reads the reports of an earlier call and asks
nothing.

The power is that of studies of `--inserted` secrets at 5 % for all tests: as many secrets are drawn with
replacement from the seven, and the tests share alpha as the protocol of that access says (the test by
assignment takes no part and keeps its share). So it is the power for secrets like these in one training
run, and seven secrets say little about others. Texts go to the server as they were trained.
"""

import argparse
import contextlib
import json
import math
import random
import re
import shutil
import sys

import run

# Access: the dialect, its probe set, and the shares of alpha of rank, mass and extraction.
tiers = {
    "text scoring": ("llama-server", "full", (0.4, 0.2, 0.2)),
    "top 20": ("llama-server,logprobs=20", "text-only", (0.5, 0.25, 0.25)),
    "text only": ("llama-server", "text-only", (0.5, 0.25, 0.25)),
}
accesses = {"text scoring": "text-scoring", "top 20": "top-tokens", "text only": "text-only"}
alpha = 0.05
grid = 4096


def study(folder, level, access, references):
    """A fresh study of the canaries of one number of repetitions, and those held out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = [line for line in (run.fixtures / "canaries.jsonl").read_text().splitlines()
              if json.loads(line)["repetitions"] in (0, level)]
    (folder / "canaries.jsonl").write_text("".join(line + "\n" for line in chosen))
    plan = folder / "protocol.yaml"
    run.coalmine("plan", "--access", access, "--repetitions", level, "--score", "secret-logprob",
                 "--output", plan)
    listed = "".join(f"  - {name}\n" for name in run.families)
    text, count = re.subn(r"(?m)^kinds:\n(  - .*\n)+", f"kinds:\n{listed}", plan.read_text())
    text, asked = re.subn(r"(?m)^references: \d+$", f"references: {references}", text)
    if (count, asked) != (1, 1):
        raise SystemExit(f"{plan} does not have the form that was expected")
    plan.write_text(text)
    path = folder / "study.coalmine"
    run.coalmine("import", "--canaries", folder / "canaries.jsonl", "--study", path, "--kinds",
                 run.fixtures / "kinds", "--protocol", plan, "--uniform-secrets",
                 "--random-assignment")
    return path


def secrets(url, folder, level, tier, references):
    """p of rank, of mass and of being found for each inserted secret."""
    dialect, probes, _ = tiers[tier]
    report = folder / "report.json"
    if url:
        path = study(folder, level, accesses[tier], references)
        run.coalmine("probe", "--study", path, "--endpoint", url, "--dialect", dialect, "--model",
                     "tiny-f32.gguf", "--probe-set", probes, "--rank-budget", 0)
        run.coalmine("report", "--study", path, "--format", "json", "--output", report,
                     codes=(0, 1, 3, 4))
    result = json.loads(report.read_text())["result"]
    if result["decision"]["access"] != accesses[tier]:
        raise SystemExit(f"{tier}: the run gave {result['decision']['access']}")
    return [(one["rank_p_value"], one["mass_p_value"], one["verbatim_p_value"])
            for one in result["named_secrets"]]


def rank_p(chosen):
    """P(sum of ranks on the grid is at most that of these), by the normal limit."""
    steps = [math.ceil(grid * (1 if one[0] is None else one[0])) for one in chosen]
    mean = len(steps) * (grid + 1) / 2
    deviation = math.sqrt(len(steps) * (grid * grid - 1) / 12)
    return 0.5 * math.erfc((mean - sum(steps)) / deviation / math.sqrt(2))


def finds(chosen, weights):
    """Which of the tests reject."""
    # A p of 1 says only that the mass is below chance: it counts as none.
    mass = sum(1 / one[1] for one in chosen if one[1] and one[1] < 1) / len(chosen)
    hits = [one[2] for one in chosen if one[2] is not None and one[2] < 1]
    # Of a secret that was not found the chance is as large as of those that were, or 33 in a million.
    chance = sum(one[2] if one[2] is not None and one[2] < 1 else 33e-6 for one in chosen)
    found = 1.0
    for number in range(len(hits)):
        found -= math.exp(-chance) * chance ** number / math.factorial(number)
    return (
        rank_p(chosen) <= weights[0] * alpha,
        mass > 0 and 1 / mass <= weights[1] * alpha,
        bool(hits) and found <= weights[2] * alpha,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--levels", default="1,4,8,16,32")
    parser.add_argument("--inserted", default="9,36")
    parser.add_argument("--references", type=int, default=63)
    parser.add_argument("--studies", type=int, default=10_000)
    parser.add_argument("--stored", action="store_true")
    options = parser.parse_args()
    levels = [int(level) for level in options.levels.split(",")]
    sizes = [int(size) for size in options.inserted.split(",")]
    chance = random.Random(1)
    powers = {}
    with contextlib.nullcontext() if options.stored else run.llama_server("tiny") as url:
        for level in levels:
            for tier, (_, _, weights) in tiers.items():
                known = secrets(url, run.work / "tiers" / f"{accesses[tier]}-{level}", level, tier,
                                options.references)
                ranks = sorted(one[0] for one in known if one[0] is not None)
                print(f"{level:3} {tier:13} {len(known)} secrets, ranks " + " ".join(f"{p:.4f}" for p in ranks),
                      flush=True)
                for size in sizes:
                    counts = [0, 0, 0, 0]
                    for _ in range(options.studies):
                        tests = finds(chance.choices(known, k=size), weights)
                        for place, found in enumerate((any(tests), *tests)):
                            counts[place] += found
                    power = powers[level, tier, size] = [count / options.studies for count in counts]
                    print(f"    {size} inserted: power {power[0]:.2f} (rank {power[1]:.2f}, mass {power[2]:.2f}, "
                          f"extraction {power[3]:.2f})", flush=True)
    for size in sizes:
        print(f"\n| repetitions, {size} inserted | " + " | ".join(tiers) + " |")
        print("|---:|" + "---:|" * len(tiers))
        for level in levels:
            print(f"| {level} | " + " | ".join(f"{powers[level, tier, size][0]:.2f}" for tier in tiers) + " |")


if __name__ == "__main__":
    sys.exit(main())
