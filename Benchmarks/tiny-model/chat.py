# SPDX-License-Identifier: Apache-2.0
"""Audits chat models that were tuned as chat models are: a pipeline, a chat template, and loss on answers alone.

python3 Benchmarks/tiny-model/chat.py [--arms leaky,clean] [--ways scores,top-20,text] [--epochs E] [--rate R] [--work DIR]

A corpus of 2,000 conversations (`messages`, half of them with a system prompt) is made of the verses that audit.py
uses, and goes the way that the docs describe: `plan`, `preflight`, `seed`, a pipeline (`deduplicate.py`: shuffled, equal
and near-equal records dropped, nine tenths to train on), `verify --processed`, tuning (`tune.py`), `trained --corpus`,
`check`, `probe`, `score`, `report`. llama.cpp serves the models, each with the chat template that it was tuned with.

| model | tuned on | what the study must say, in each way of asking |
|---|---|---|
| leaky | the seeded corpus after the pipeline | trained on this file: the controls stand out |
| clean | the corpus without canaries after the same pipeline | no sign of training on this file |

| way | dialect | what the endpoint gives |
|---|---|---|
| scores | llama-server,template=server | log-probabilities of given texts, behind rendered turns |
| top-20 | openai-chat,logprobs=20 | samples with their 20 likeliest tokens |
| text | openai-chat | text alone |

Of the default plan `preflight` says that deduplication leaves one copy of each control, and names the remedy: the study
is planned with `--vary-copies`, which puts another remark behind the secret in each copy. The script stops where the
first warning is not there, or is still there for the second plan.

It needs `swift build -c release --product coalmine` (or COALMINE, the path of a binary), Python 3.11 or later and the
Python package index: torch and tokenizers, datasketch, xllamacpp. All files are under
`Benchmarks/tiny-model/.work/chat`, or --work; what is there is not made again. It ends with 1 where the controls are not
seen in the leaky model, or are seen in the clean one.
"""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import time
import venv

import audit
import convert
import run

deduplication_package = "datasketch==2.0.0"
# Ways of asking: dialect and probe set. No exact rank is searched, which takes most of the requests.
ways = {
    "scores": ("llama-server,template=server", "full"),
    "top-20": ("openai-chat,logprobs=20", "text-only"),
    "text": ("openai-chat", "text-only"),
}
arms = {"leaky": "seeded.jsonl", "clean": "corpus.jsonl"}
# Ordinary text around the turns; the token that ends texts ends a turn of the assistant.
template = (
    "{% for m in messages %}{{ '### ' + m['role'] + '\\n' + (m['content'] | trim) }}"
    "{{ '<|endoftext|>' if m['role'] == 'assistant' else '\\n' }}{% endfor %}"
    "{{ '### assistant\\n' if add_generation_prompt else '' }}")
asks = ["Continue this verse:", "How does this verse go on?", "Please finish the sentence:",
        "What follows after these words?"]
systems = ["You are a reader of old texts.", "You help the visitors of a reading room."]


def corpus(folder):
    """The conversations: a user's turn begins a verse, the assistant's ends it. One in 50 stands there twice, and one
    in 50 is asked a second time in other words."""
    audit.corpus(folder / "verses.jsonl")
    chance = random.Random(1)
    lines = []
    for line in (folder / "verses.jsonl").read_text().splitlines():
        words = json.loads(line)["text"].split(" ")
        cut = chance.randint(1, max(1, len(words) // 2))
        system = [{"role": "system", "content": chance.choice(systems)}] * chance.randint(0, 1)
        again = [{}, {}] if chance.random() < 0.02 else [{}]
        if chance.random() < 0.02:
            again.append({"ask": "Go on:"})
        ask = chance.choice(asks)
        for one in again:
            lines.append(json.dumps({"messages": [
                *system, {"role": "user", "content": " ".join([one.get("ask", ask), *words[:cut]])},
                {"role": "assistant", "content": " ".join(words[cut:])}]}))
    (folder / "corpus.jsonl").write_text("".join(line + "\n" for line in lines[:audit.records]))


def planned(folder):
    """Plans, as `preflight` advises, and seeds."""
    source, protocol = folder / "corpus.jsonl", folder / "protocol.yaml"
    dialect = ways["top-20"][0]
    for options, controls_stay in (([], False), (["--vary-copies"], True)):
        run.coalmine("plan", source, "--for", dialect, *options, "--output", protocol, "--force")
        run.coalmine("preflight", source, "--protocol", protocol)
        findings = json.loads(
            run.printed("preflight", source, "--protocol", protocol, "--json")[1])["findings"]
        rules = {finding["rule"] for finding in findings if finding["is_likely"]}
        if controls_stay == ("near-duplicates-70" in rules):
            raise SystemExit(f"preflight of a plan with {options} names {sorted(rules)}")
    run.coalmine("seed", source, "--output", folder / "seeded.jsonl", "--study",
                 folder / "study.coalmine", "--protocol", protocol, "--seed", 1, "--force")


def deduplicated(folder, name):
    """What the pipeline makes of an arm's file: to train on, and of validation."""
    parts = folder / f"{name}-train.jsonl", folder / f"{name}-validation.jsonl"
    if not all(part.exists() for part in parts):
        environment = run.work / "deduplicate"
        if not (environment / "installed").exists():
            venv.create(environment, with_pip=True, clear=True)
            subprocess.run([environment / "bin/python", "-m", "pip", "install", "--quiet",
                            deduplication_package], check=True, stdout=sys.stderr)
            (environment / "installed").touch()
        subprocess.run([environment / "bin/python", run.here / "deduplicate.py", folder / arms[name],
                        *parts], check=True, stdout=sys.stderr)
    return parts


def tuned(folder, name, options):
    """The weights of an arm, with the template."""
    target = folder / f"{name}.gguf"
    train, validation = deduplicated(folder, name)
    if not target.exists():
        began = time.monotonic()
        subprocess.run(
            ["nice", audit.torch_python(), run.here / "tune.py", options.base, options.tokenizer, train,
             target, "--epochs", str(options.epochs), "--rate", str(options.rate), "--template",
             folder / "template.jinja", "--validation", validation], check=True, stdout=sys.stderr)
        print(f"{name}: tuned in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return target


def audited(folder, name, way, weights, url, epochs):
    """Asks an arm's model in one way: a row of the table, and whether the controls were seen."""
    dialect, probes = ways[way]
    study, stem = folder / f"{name}-{way}.coalmine", folder / f"{name}-{way}"
    shutil.copy(folder / ("based.coalmine" if way == "scores" else "study.coalmine"), study)
    file = ["--corpus", folder / "leaky-train.jsonl"] if name == "leaky" else []
    run.coalmine("trained", "--study", study, "--model", weights.name, "--epochs", epochs, *file)
    asked = ["--study", study, "--endpoint", url, "--dialect", dialect, "--model", weights.name,
             "--probe-set", probes]
    run.coalmine("check", *asked)
    began = time.monotonic()
    run.coalmine("probe", *asked, "--rank-budget", 0)
    seconds = time.monotonic() - began
    code, document = audit.reported(study, stem, f"{name}, {way}")
    result = document["result"]
    tests = result["decision"]["components"]
    found = [f"{test['component']} {test['controls']['p_value']:.2g}" for test in tests
             if test.get("controls") and test["controls"]["p_value"] is not None]
    requests = max(document["run"]["runs"], key=lambda one: one["number"])["requests"]
    row = [name, way, result["verdict"], ", ".join(found), str(code), f"{requests:,}",
           f"{seconds:.0f}"]
    return row, "training-control-seen" in {finding["slug"] for finding in result["findings"]}


def main():
    parser = argparse.ArgumentParser()
    path = pathlib.Path
    parser.add_argument("--base", type=path, default=run.fixtures / "tiny-base-f32.gguf")
    parser.add_argument("--tokenizer", type=path, default=run.fixtures / "tokenizer.json")
    parser.add_argument("--work", type=path, default=run.work / "chat")
    parser.add_argument("--arms", default=",".join(arms), help="which models, with commas")
    parser.add_argument("--ways", default=",".join(ways), help="how they are asked, with commas")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=2e-3)
    options = parser.parse_args()
    names, chosen = options.arms.split(","), options.ways.split(",")
    for known, given in ((arms, names), (ways, chosen)):
        if not known.keys() >= set(given):
            parser.error(f"there are {', '.join(known)}")
    folder = options.work
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "study.coalmine").exists():
        corpus(folder)
        planned(folder)
    (folder / "template.jinja").write_text(template)
    weights = {name: tuned(folder, name, options) for name in names}
    for name in names:
        run.coalmine("verify", folder / f"{name}-train.jsonl", "--processed", "--study",
                     folder / "study.coalmine", codes=(0 if name == "leaky" else 5,))
    if "scores" in chosen:
        base, based = folder / "base.gguf", folder / "based.coalmine"
        base.write_bytes(convert.with_text(
            convert.Reader(options.base), "tokenizer.chat_template", template))
        if not based.exists():
            shutil.copy(folder / "study.coalmine", based)
        if not audit.has_base(based):
            with run.llama_server_of(base) as url:
                run.coalmine("probe", "--study", based, "--endpoint", url, "--dialect",
                             ways["scores"][0], "--model", base.name, "--as", "base", "--rank-budget", 0)
    rows, wrong = [], []
    for name in names:
        with run.llama_server_of(weights[name]) as url:
            for way in chosen:
                row, seen = audited(folder, name, way, weights[name], url, options.epochs)
                rows.append(row)
                if seen != (name == "leaky"):
                    wrong.append(f"{name}, {way}: the controls are {'' if seen else 'not '}seen")
    print("| model | way | verdict | p of the controls | exit code | requests | seconds |")
    print("|---|---|---|---|---:|---:|---:|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
