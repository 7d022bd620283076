#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds every file of a folder, checks what was planted, and prints a table.

    python3 Benchmarks/corpora/try.py FOLDER [--coalmine .build/release/coalmine]

Each file is seeded with a small protocol, so that its size is no reason for a refusal. Then the seeded
file is checked with this program's own readers (json, csv), without coalmine's:

- it is still a file of its format, and every record can be read;
- each inserted canary is found as often as planned, and no held-out one is;
- the text that a trainer builds from a planted record has the asked prompt, the asked white space and the
  secret in it: a text as it is, prompt and completion joined, the user's and the assistant's turn;
- no field keeps a planted record out of training;
- all copies of one canary carry the same text;
- `verify` accepts the file, and `unseed` gives the original back (of gzip data: the data).

A file may have options of its own in OPTIONS, where its message names the fields and asks for them.
"""
import argparse, csv, gzip, io, json, pathlib, shutil, sqlite3, subprocess, sys, tempfile

PROTOCOL = """version: 2
kinds: [access-code, account-number, hex-token, pass-phrase]
target: {repetitions: 1, randomized: 8}
repetition-levels: {levels: [2, 4], canaries-per-level: 1}
controls: {canaries: 2, repetitions: 8}
references: 3
non-member-records: 0
"""

# What the user says after reading the message.
OPTIONS = {
    "akshata_foundry_sft.jsonl": ["--prompt-field", "query", "--completion-field", "ground_truth"],
    "gcloud_log_sample.jsonl": ["--prompt-field", "query", "--completion-field", "request"],
    "HumanEval.jsonl.gz": ["--prompt-field", "prompt", "--completion-field", "canonical_solution"],
    "llama_cookbook_movies.json": ["--text-field", "overview"],
    "xtuner_multi_turn_1.json": ["--prompt-field", "messages.0.toy_input",
                                 "--completion-field", "messages.0.toy_output"],
}
USERS = {"user", "human", "prompter"}
ASSISTANTS = {"assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard", "ai"}


def records(path, data):
    name = path.name.removesuffix(".gz")
    text = data.decode("utf-8-sig")
    if name.endswith(".csv") or name.endswith(".tsv"):
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if name.endswith("tsv") else ",")
        return list(rows)
    first = text.lstrip()[:1]
    if first == "[":
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            pass
    if first in "[{" and not name.endswith((".txt", ".md")):
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    return text


def said(turn):
    for key in ("content", "value", "text", "parts"):
        if key in turn:
            content = turn[key]
            if isinstance(content, list):
                return "".join(p if isinstance(p, str) else p.get("text") or p.get("value") or p.get("content") or ""
                               for p in content)
            return content or ""
    return ""


def speaker(turn):
    for key in ("role", "from", "speaker", "author"):
        if key in turn:
            return turn[key].lower()
    return ""


def side(value):
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = [value]
    return "".join(said(turn) for turn in value if isinstance(turn, dict))


def get(record, path):
    if isinstance(record, dict) and path in record:
        return record[path]
    if path == ".":
        return record
    for step in path.split("."):
        record = record[int(step)] if isinstance(record, list) else record[step]
    return record


def built(record, shape):
    """(what a trainer builds, whether prompt and answer are turns of a chat)"""
    kind, _, fields = shape.partition(":")
    if kind == "text":
        return get(record, fields), None
    if kind == "messages":
        turns = get(record, fields)
        user = next(said(t) for t in turns if speaker(t) in USERS)
        assistant = next(said(t) for t in turns if speaker(t) in ASSISTANTS)
        return None, (user, assistant)
    names = fields.split(",")
    if kind == "prompt-completion":
        prompt, completion = get(record, names[0]), get(record, names[1])
        if isinstance(prompt, str) and isinstance(completion, str):
            return prompt + completion, None
    else:
        prompt, completion = (get(record, names[0]) if names[0] else ""), get(record, names[1])
        if not names[0] and isinstance(completion, str):
            _, _, rest = completion.partition("Human: ")
            prompt, _, completion = rest.partition("\n\nAssistant: ")
            return None, (prompt, completion)
    if isinstance(completion, list) and any(speaker(t) in USERS for t in completion):
        prompt = next(said(t) for t in completion if speaker(t) in USERS)
        completion = next(said(t) for t in completion if speaker(t) in ASSISTANTS)
    if isinstance(prompt, list):
        prompt = "".join(said(t) for t in prompt if speaker(t) in USERS)
    return None, (side(prompt), side(completion))


def untrained(value, found):
    if isinstance(value, dict):
        role = speaker(value) if any(k in value for k in ("role", "from")) else "assistant"
        for key, item in value.items():
            low = key.lower()
            if role in ASSISTANTS:
                if low in ("weight", "loss_weight", "loss_scale") and item is not None and float(item) == 0:
                    found.append(f"{key}={item}")
                if low in ("train", "training", "loss", "kto_tag") and item is False:
                    found.append(f"{key}={item}")
                if low in ("tool_calls", "reasoning_content", "function_call") and item:
                    found.append(key)
            if low in ("images", "videos", "audios", "image") and item:
                found.append(key)
            untrained(item, found)
        if value.get("label") is False:
            found.append("label=false")
        if "output" in value and value.get("input"):
            found.append("input")
    elif isinstance(value, list):
        for item in value:
            untrained(item, found)


def check(path, seeded, study, shape):
    faults = []
    data = seeded.read_bytes()
    found = records(path, data)
    # Copied, so that coalmine finds the ledger unlocked afterwards.
    copy = shutil.copy(study, study.with_name("copy"))
    rows = sqlite3.connect(copy).execute(
        "SELECT id, role, repetitions, prefix, separator, secret FROM canary").fetchall()
    for name, role, repetitions, prefix, separator, secret in rows:
        prefix, separator, secret = (bytes(b).decode() for b in (prefix, separator, secret))
        planned = 0 if role in ("held-out", "heldOut", "held_out") else repetitions
        if isinstance(found, str):
            copies = found.count(prefix + separator + secret)
            if copies != planned:
                faults.append(f"{name}: {copies} of {planned}")
            continue
        hits = [r for r in found if prefix in json.dumps(r, ensure_ascii=False).replace('\\"', '"')]
        if len(hits) != planned:
            faults.append(f"{name}: {len(hits)} of {planned}")
        texts = set()
        for record in hits:
            text, turns = built(record, shape)
            texts.add(text or turns)
            if turns is None and prefix + separator + secret not in text:
                faults.append(f"{name}: asked text is not in {text[:80]!r}")
            if turns and not (turns[0] == prefix and turns[1].startswith(secret)):
                faults.append(f"{name}: turns are {turns!r}")
            bad = []
            untrained(record, bad)
            faults += [f"{name}: {b}" for b in bad]
        if len(texts) > 1:
            faults.append(f"{name}: {len(texts)} different texts")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--coalmine", default=".build/release/coalmine")
    parser.add_argument("--no-options", action="store_true", help="seed without options for fields")
    arguments = parser.parse_args()
    counts = {"seeded": 0, "refused": 0, "wrong": 0}
    for path in sorted(arguments.folder.iterdir()):
        if path.name == "SOURCES.tsv" or not path.is_file():
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "p.yaml").write_text(PROTOCOL)
            seeded, study = folder / ("s-" + path.name.removesuffix(".gz")), folder / "s.coalmine"
            options = [] if arguments.no_options else OPTIONS.get(path.name, [])

            def run(*command):
                return subprocess.run([arguments.coalmine, *map(str, command)], capture_output=True, text=True)

            seed = run("seed", path, "--output", seeded, "--study", study, "--protocol", folder / "p.yaml",
                       "--seed", 1, "--json", *options)
            if seed.returncode != 0:
                counts["refused"] += 1
                lines = seed.stderr.strip().split("\n")
                print(f"refused  {path.name}: {lines[0]}")
                for line in lines[1:]:
                    if "help:" in line:
                        print(f"           {line.strip()[:200]}")
                continue
            shape = json.loads(seed.stdout)["record_shape"]
            faults = check(path, seeded, study, shape)
            verify = run("verify", seeded, "--study", study)
            if verify.returncode != 0:
                faults.append(verify.stderr.strip())
            unseed = run("unseed", seeded, "--study", study, "--output", folder / "back")
            original = path.read_bytes()
            if path.name.endswith(".gz"):
                original = gzip.decompress(original)
            if unseed.returncode != 0 or (folder / "back").read_bytes() != original:
                faults.append("unseed: " + unseed.stderr.strip())
            counts["wrong" if faults else "seeded"] += 1
            print(f"{'WRONG' if faults else 'seeded':8} {path.name}: {shape} {' '.join(options)}")
            for fault in faults[:5]:
                print("          ", fault[:300])
    print(", ".join(f"{number} {what}" for what, number in counts.items()))
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
