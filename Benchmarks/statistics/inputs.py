# SPDX-License-Identifier: Apache-2.0
"""Writes the inputs of the comparison, the same ones each time, into a folder."""

import pathlib
import random
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.Generator(np.random.PCG64(20250101))


def write(name, values):
    np.ascontiguousarray(values, dtype="<f8").tofile(folder / f"{name}.f64")


# Rounded, so that there are ties.
write("auc-members", np.round(rng.normal(0.5, 1, 100_000), 4))
write("auc-nonmembers", np.round(rng.normal(0, 1, 100_000), 4))
write("exposure-references", rng.normal(0, 1, 1_000_000))
write("exposure-canaries", rng.normal(1, 1, 10_000))
delta = 3 / np.sqrt(10)
write(
    "skew-normal",
    40 + 5 * (delta * np.abs(rng.normal(size=10_000)) + np.sqrt(1 - delta**2) * rng.normal(size=10_000)),
)
write("bca-members", rng.normal(0.3, 1, 5_000))
write("bca-nonmembers", rng.normal(0, 1, 5_000))
# Logits of 20 tokens seen and one for the rest.
logits = np.sort(rng.normal(0, 3, (1_000 * 512, 21)), axis=1)[:, ::-1]
logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
write("min-k-top", logs[:, :20])
chosen = rng.integers(0, 20, 1_000 * 512)
write("min-k-tokens", logs[np.arange(len(chosen)), chosen])
write("permutation", np.concatenate([rng.normal(0.3, 1, 100), rng.normal(0, 1, 100)]))

letters = random.Random(7)


def pair(length):
    """A text and a copy with about a tenth of its letters changed, left out or doubled."""
    first = [letters.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(length)]
    second = []
    for letter in first:
        draw = letters.random()
        if draw < 0.05:
            second.append(letters.choice("abcdefghijklmnopqrstuvwxyz "))
        elif draw > 0.975:
            second += [letter, letter]
        elif draw < 0.95:
            second.append(letter)
    return "".join(first), "".join(second)


for name, count, length in [("short", 10_000, 100), ("long", 20, 5_000)]:
    lines = [text for _ in range(count) for text in pair(length)]
    (folder / f"texts-{name}.txt").write_text("\n".join(lines) + "\n")
