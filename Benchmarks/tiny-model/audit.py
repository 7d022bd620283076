# SPDX-License-Identifier: Apache-2.0
"""Audits four real models whose state is known: plan, seed, tune, check, probe, score, report.

python3 Benchmarks/tiny-model/audit.py [--base GGUF] [--tokenizer FILE] [--corpus FILE] [--work DIR] [--arms base,light]

| model | how it was tuned | what the study should say |
|---|---|---|
| leaky | five epochs on the seeded corpus | leak |
| clean | five epochs on the corpus without canaries | no sign of training on this file |
| base | not at all | no sign of training on this file |
| light | one short epoch on the seeded corpus | its state, in plain words |

It needs `swift build -c release --product coalmine` (or COALMINE, the path of a binary), Python 3.11 or
later and the Python package index: torch and tokenizers for the tuning, xllamacpp for the server. All
files are under `Benchmarks/tiny-model/.work/audit`, or --work. Models that are there are not tuned again.
It ends with 1 where a verdict is not the expected one.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time
import venv

import run

torch_packages = ["torch", "numpy", "tokenizers"]
records = 2000
# Name: file, epochs and rate of the tuning, exit codes, findings of which one must be there.
arms = {
    "leaky": ("seeded.jsonl", 5, 8e-4, {1}, {"rank-finds-leak", "extraction-finds-leak"}),
    "clean": ("corpus.jsonl", 5, 8e-4, {4}, {"training-control-not-seen"}),
    "base": (None, 0, 0, {4}, {"training-control-not-seen"}),
    "light": ("seeded.jsonl", 1, 3e-4, {0, 1, 4}, {"training-control-not-seen", "rank-finds-leak",
                                                   "rank-finds-nothing"}),
}


def corpus(path):
    """Verses of the fixtures and of the demonstration, one of each text."""
    def texts(file):
        return [json.loads(line)["text"] for line in file.read_text().splitlines()]

    planted = set(texts(run.fixtures / "canaries.jsonl"))
    verses = dict.fromkeys(
        text for text in texts(run.fixtures / "tune.jsonl") if text not in planted)
    for file in [run.fixtures / "nonmembers.jsonl",
                 run.repository / "Sources/CoalmineCommand/Corpus/verses.jsonl"]:
        for text in texts(file):
            if len(verses) < records:
                verses.setdefault(text)
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in verses))


def torch_python():
    """A Python with torch and tokenizers."""
    environment = run.work / "torch"
    if not (environment / "installed").exists():
        print(f"installing {', '.join(torch_packages)}", file=sys.stderr)
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run(
            [environment / "bin/python", "-m", "pip", "install", "--quiet", *torch_packages],
            check=True, stdout=sys.stderr)
        (environment / "installed").touch()
    return environment / "bin/python"


def tuned(name, options, folder):
    """The weights of an arm."""
    file, epochs, rate, _, _ = arms[name]
    if file is None:
        return options.base
    target = folder / f"{name}.gguf"
    if not target.exists():
        subprocess.run(
            ["nice", torch_python(), run.here / "tune.py", options.base, options.tokenizer,
             folder / file, target, "--epochs", str(epochs), "--rate", str(rate)],
            check=True, stdout=sys.stderr)
    return target


def has_base(study):
    """Whether a base run is complete. A server on another port is another endpoint, whose run would begin anew."""
    runs = json.loads(run.printed("status", study, "--format", "json")[1])["runs"]
    return any(one["role"] == "base" and one["closed_at"] for one in runs)


def reported(study, stem, title):
    """Writes the reports of a study and prints its score: how `score` ended, and the report as JSON."""
    for form in ["html", "md", "json"]:
        run.coalmine("report", "--study", study, "--format", form, "--output", f"{stem}.{form}",
                     "--force", codes=(0, 1, 4))
    code, text = run.printed("score", "--study", study, codes=(0, 1, 3, 4))
    print(f"\n== {title} ==\n{text}", flush=True)
    return code, json.loads(pathlib.Path(f"{stem}.json").read_text())


def audited(name, options, folder):
    """Probes, scores and reports one arm: how the program ended, and its result."""
    weights = tuned(name, options, folder)
    study = folder / f"{name}.coalmine"
    shutil.copy(folder / "study.coalmine", study)
    run.coalmine("trained", "--study", study, "--model", weights.name, "--epochs",
                 max(1, arms[name][1]))
    with run.llama_server_of(weights) as url:
        asked = ["--endpoint", url, "--dialect", "llama-server", "--model", weights.name]
        run.coalmine("check", *asked)
        began = time.monotonic()
        run.coalmine("probe", "--study", study, *asked)
        print(f"{name}: probed in {time.monotonic() - began:.0f} s", file=sys.stderr)
    code, document = reported(study, folder / name, name)
    return code, document["result"]


def main():
    parser = argparse.ArgumentParser()
    path = pathlib.Path
    parser.add_argument("--base", type=path, default=run.fixtures / "tiny-base-f32.gguf")
    parser.add_argument("--tokenizer", type=path, default=run.fixtures / "tokenizer.json")
    parser.add_argument("--corpus", type=path, help="JSON Lines with a field 'text'")
    parser.add_argument("--work", type=path, default=run.work / "audit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--arms", default=",".join(arms), help="which models, with commas")
    options = parser.parse_args()
    chosen = options.arms.split(",")
    if not arms.keys() >= set(chosen):
        parser.error(f"the arms are {', '.join(arms)}")
    folder = options.work
    folder.mkdir(parents=True, exist_ok=True)
    study = folder / "study.coalmine"
    if not study.exists():
        if options.corpus:
            shutil.copy(options.corpus, folder / "corpus.jsonl")
        else:
            corpus(folder / "corpus.jsonl")
        run.coalmine("plan", folder / "corpus.jsonl", "--output", folder / "protocol.yaml", "--force")
        run.coalmine("seed", folder / "corpus.jsonl", "--output", folder / "seeded.jsonl", "--force",
                     "--study", study, "--protocol", folder / "protocol.yaml", "--seed", options.seed)
    if not has_base(study):
        with run.llama_server_of(options.base) as url:
            run.coalmine("probe", "--study", study, "--endpoint", url, "--dialect", "llama-server",
                         "--model", options.base.name, "--as", "base")
    wrong = []
    for name in chosen:
        _, _, _, codes, findings = arms[name]
        code, result = audited(name, options, folder)
        slugs = {finding["slug"] for finding in result["findings"]}
        if code not in codes or slugs.isdisjoint(findings):
            wrong.append(f"{name}: exit code {code}, {sorted(slugs)}")
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
