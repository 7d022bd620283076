# SPDX-License-Identifier: Apache-2.0
"""Does to a chat corpus what a training pipeline does: shuffles, deduplicates and splits it.

python deduplicate.py FILE TRAIN VALIDATION [--seed S] [--threshold T]

It needs datasketch. FILE is JSON Lines with `messages`. The records are shuffled; of equal ones the first
stays, then of near-equal ones: MinHash with 128 permutations over the five-word runs of all turns, joined;
a record goes where the estimated Jaccard index to one that stayed is T (0.7) or more. A tenth of what is
left is VALIDATION. What each step took is printed.
"""

import argparse
import json
import pathlib
import random
import re

import datasketch

RUN = 5


def words_of(line):
    turns = json.loads(line)["messages"]
    return re.findall(r"\w+", "\n".join(turn["content"] for turn in turns).lower())


def sketch(line):
    words = words_of(line)
    found = datasketch.MinHash(num_perm=128)
    for at in range(max(1, len(words) - RUN + 1)):
        found.update(" ".join(words[at:at + RUN]).encode())
    return found


def main():
    parser = argparse.ArgumentParser()
    for name in ("file", "train", "validation"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.7)
    options = parser.parse_args()
    lines = options.file.read_text(encoding="utf-8").splitlines()
    random.Random(options.seed).shuffle(lines)
    distinct = list(dict.fromkeys(lines))
    index = datasketch.MinHashLSH(threshold=options.threshold, num_perm=128)
    kept = []
    for line in distinct:
        own = sketch(line)
        # The index finds candidates; the sketches decide.
        if any(own.jaccard(kept[other][1]) >= options.threshold for other in index.query(own)):
            continue
        index.insert(len(kept), own)
        kept.append((line, own))
    cut = len(kept) - len(kept) // 10
    for target, part in ((options.train, kept[:cut]), (options.validation, kept[cut:])):
        target.write_text("".join(line + "\n" for line, _ in part), encoding="utf-8")
    print(f"{len(lines)} records, {len(distinct)} without equal ones, {len(kept)} without near ones: "
          f"{cut} to train on, {len(kept) - cut} of validation")


if __name__ == "__main__":
    main()
