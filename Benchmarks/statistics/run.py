# SPDX-License-Identifier: Apache-2.0
"""Compares CoalmineStatistics with its peers: makes two virtual environments and the inputs, runs
both sides once and prints a table. Fails where the numbers differ. See ../README.md."""

import json
import os
import pathlib
import subprocess
import sys
import venv

here = pathlib.Path(__file__).resolve().parent
work = here / ".work"
environments = {
    "numeric": [["scipy", "scikit-learn", "statsmodels", "rapidfuzz"]],
    # 0.8.12 is the last release with the exposure module; the rest of it is not imported.
    "privacy": [["jax-privacy"], ["--no-deps", "tensorflow-privacy==0.8.12"]],
}
# How far a number of ours may be from the peer's: absolutely, and in parts of it.
tolerances = {
    "auc-delong": (0, 1e-12),
    "exposure-ranks": (1e-12, 1e-12),
    "exposure-intervals": (1e-9, 1e-9),
    # The peer's search stops early; the likelihood is compared, and ours must not be worse.
    "skew-normal-fit": (1e-3, 1e-4),
    # Two bootstraps with different draws.
    "bca": (1e-3, 0),
    "one-run-epsilon": (2e-6, 0),
    "min-k-plus-plus": (0, 1e-9),
    "permutation": (0.005, 0),
    "levenshtein-short": (0, 0),
    "levenshtein-long": (0, 0),
}


def python(name):
    return work / name / "bin" / "python"


def prepare():
    work.mkdir(exist_ok=True)
    for name, installs in environments.items():
        if python(name).exists():
            continue
        venv.create(work / name, with_pip=True)
        for packages in installs:
            command = [python(name), "-m", "pip", "install", "--quiet", *packages]
            if subprocess.run(command).returncode != 0:
                print(f"not installed: {' '.join(packages)}", file=sys.stderr)
    subprocess.run([python("numeric"), here / "inputs.py", work / "inputs"], check=True)
    subprocess.run(
        ["swift", "build", "-c", "release", "--package-path", here], check=True, stdout=sys.stderr)


def lines(command):
    # One thread for each side.
    single = {name: "1" for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]}
    output = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **single}
    ).stdout
    return [json.loads(line) for line in output.splitlines()]


def agree(name, ours, peer):
    if len(peer) > len(ours) or not peer:
        return False
    absolute, relative = tolerances[name]
    if name == "skew-normal-fit" and ours[3] > peer[3] + 1e-6:
        return False
    return all(abs(x - y) <= absolute + relative * abs(y) for x, y in zip(ours, peer))


def milliseconds(seconds):
    return f"{seconds * 1e3:.4g} ms"


def main():
    prepare()
    inputs = work / "inputs"
    ours = {
        line["name"]: line
        for line in lines([here / ".build/release/StatisticsBenchmark", inputs])
    }
    peers = lines([python("numeric"), here / "peers_numeric.py", inputs])
    peers += lines([python("privacy"), here / "peers_privacy.py", inputs])
    print("| benchmark | peer | ours | peer's | ratio | same numbers |")
    print("|---|---|---|---|---|---|")
    order = list(ours)
    failed = False
    for peer in sorted(peers, key=lambda line: order.index(line["name"])):
        own = ours[peer["name"]]
        same = agree(peer["name"], own["values"], peer["values"])
        failed |= not same
        ratio = peer["seconds"] / own["seconds"]
        print(
            f"| {peer['name']} | {peer['peer']} | {milliseconds(own['seconds'])} | "
            f"{milliseconds(peer['seconds'])} | {ratio:.3g} | {'yes' if same else 'NO'} |")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
