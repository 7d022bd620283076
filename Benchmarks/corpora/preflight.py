#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `coalmine preflight` with the pipelines whose rules it has.

    python3 -m venv peers && peers/bin/pip install datasketch datatrove presidio-analyzer spacy
    peers/bin/python Benchmarks/corpora/preflight.py [--coalmine .build/release/coalmine]

A corpus of invented sentences is seeded with every shipped kind. Then each planted copy, and each record of
the corpus's own, is given to datatrove's filters and formatter, to datasketch's MinHash, and to Presidio's
pattern recognisers, each rule alone. A line per rule: how many copies ours and theirs hit, and how many records.
It ends with 1 where a count of copies differs by more than 1 % of the copies: their tokenisers cut some words
further. MinHash, which estimates, is printed only.
"""
import argparse, json, pathlib, random, sqlite3, subprocess, sys, tempfile

KINDS = ["access-code", "account-number", "api-key", "code-constant", "email", "hex-token", "iban",
         "medical-record", "pass-phrase", "payment-card", "phone", "postal-address", "social-security"]
PROTOCOL = f"""version: 2
kinds: [{", ".join(KINDS)}]
target: {{repetitions: 1, randomized: 104}}
repetition-levels: {{levels: [2, 4], canaries-per-level: 13}}
controls: {{canaries: 13, repetitions: 8}}
references: 3
non-member-records: 0
"""
NOUNS = "river train valley garden market teacher winter letter bridge window story kitchen".split()
VERBS = "crosses follows remembers changes covers watches carries opens reaches leaves".split()
ENDS = [".", ".", ".", "!", "?", "", "..."]


def corpus(path):
    draw = random.Random(4)
    with open(path, "w") as file:
        for number in range(400):
            lines = []
            for _ in range(draw.choice([1, 1, 2, 4, 9])):
                sentences = [f"The {draw.choice(NOUNS)} {draw.choice(VERBS)} the {draw.choice(NOUNS)} of {draw.randint(1, 99)} "
                             f"and a {draw.choice(NOUNS)}{draw.choice(ENDS)}" for _ in range(draw.randint(1, 6))]
                lines.append(draw.choice(["", "- ", "# "]) + " ".join(sentences))
            file.write(json.dumps({"id": f"own-{number}", "text": "\n".join(lines)}) + "\n")


def copies(seeded, study):
    """The texts of the planted copies with their secrets, and the corpus's own texts."""
    rows = sqlite3.connect(study).execute("SELECT prefix, separator, secret, suffix FROM canary").fetchall()
    secrets = {b"".join(row).decode(): bytes(row[2]).decode() for row in rows}
    texts = [json.loads(line)["text"] for line in open(seeded)]
    return [(t, secrets[t]) for t in texts if t in secrets], [t for t in texts if t not in secrets]


def filters():
    from datatrove.data import Document
    from datatrove.pipeline.filters import (C4QualityFilter, FineWebQualityFilter, GopherQualityFilter,
                                            GopherRepetitionFilter)
    none = dict(min_doc_words=None, max_doc_words=None, min_avg_word_length=None, max_avg_word_length=None,
                max_symbol_word_ratio=None, max_bullet_lines_ratio=None, max_ellipsis_lines_ratio=None,
                max_non_alpha_words_ratio=None, min_stop_words=None)
    gopher = {
        "gopher-words": dict(min_doc_words=50, max_doc_words=100000),
        "gopher-word-length": dict(min_avg_word_length=3, max_avg_word_length=10),
        "gopher-symbols": dict(max_symbol_word_ratio=0.1),
        "gopher-lines": dict(max_bullet_lines_ratio=0.9, max_ellipsis_lines_ratio=0.3),
        "gopher-letters": dict(max_non_alpha_words_ratio=0.8),
        "gopher-stop-words": dict(min_stop_words=2),
    }
    fineweb = dict(line_punct_thr=-1, short_line_thr=2, char_duplicates_ratio=2, new_line_ratio=1e9)
    web = {
        "fineweb-line-ends": dict(line_punct_thr=0.12), "fineweb-short-lines": dict(short_line_thr=0.67),
        "fineweb-repeated-lines": dict(char_duplicates_ratio=0.01), "fineweb-line-breaks": dict(new_line_ratio=0.3),
    }
    own = dict(min_num_sentences=-1, filter_no_terminal_punct=True, min_words_per_line=3)
    made = {slug: GopherQualityFilter(**(none | some)) for slug, some in gopher.items()}
    made |= {slug: FineWebQualityFilter(None, **(fineweb | some)) for slug, some in web.items()}
    made["gopher-repetition"] = GopherRepetitionFilter()
    made["c4-sentences"] = C4QualityFilter(filter_curly_bracket=False, filter_lorem_ipsum=False)
    made["c4-braces"] = C4QualityFilter(**(own | dict(filter_curly_bracket=True)))

    def drops(rule):
        def run(text, _):
            verdict = rule.filter(Document(text=text, id="0"))
            return verdict is not True
        return run

    def loses_line(text, _):
        document = Document(text=text, id="0")
        C4QualityFilter(**(own | dict(filter_curly_bracket=False, filter_lorem_ipsum=False))).filter(document)
        return document.text == ""
    return {slug: drops(rule) for slug, rule in made.items()} | {"c4-lines": loses_line}


def scrubbers():
    from datatrove.pipeline.formatters import PIIFormatter
    from presidio_analyzer import predefined_recognizers as presidio
    emails, addresses = PIIFormatter(remove_ips=False), PIIFormatter(remove_emails=False)
    numbers = [getattr(presidio, name)() for name in
               ("UsBankRecognizer", "UsLicenseRecognizer", "UsPassportRecognizer", "UsSsnRecognizer")]

    def masked(formatter):
        return lambda text, secret: (formatter.format(text) != text if secret is None
                                     else secret not in formatter.format(text))

    def found(recognizers):
        def run(text, secret):
            spans = [(r.start, r.end) for one in recognizers
                     for r in one.analyze(text, one.supported_entities, None) or []]
            if secret is None:
                return bool(spans)
            start = text.rindex(secret)
            return any(a < start + len(secret) and b > start for a, b in spans)
        return run
    return {"datatrove-e-mail": masked(emails), "datatrove-ip": masked(addresses),
            "presidio-numbers": found(numbers), "presidio-e-mail": found([presidio.EmailRecognizer()]),
            "presidio-card": found([presidio.CreditCardRecognizer()]),
            "presidio-iban": found([presidio.IbanRecognizer()])}


def near(texts, threshold):
    """Copies that MinHash drops: estimated similarities, joined over third texts."""
    from datasketch import MinHash
    from datatrove.utils.text import simplify_text, split_into_words
    distinct = sorted(set(texts))
    hashes = []
    for text in distinct:
        words = split_into_words(simplify_text(text), "eng")
        made = MinHash(num_perm=256)
        runs = [" ".join(words[i:i + 5]) for i in range(len(words) - 4)]
        for run in runs:
            made.update(run.encode())
        hashes.append(made if runs else None)
    group = list(range(len(distinct)))

    def root(number):
        while group[number] != number:
            number = group[number]
        return number
    for i, one in enumerate(hashes):
        for j in range(i):
            if one is not None and hashes[j] is not None and one.jaccard(hashes[j]) >= threshold:
                group[max(root(i), root(j))] = min(root(i), root(j))
    place = {text: i for i, text in enumerate(distinct)}
    compared = [t for t in texts if hashes[place[t]] is not None]
    return len(compared) - len({root(place[t]) for t in compared})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--coalmine", default=".build/release/coalmine")
    program = parser.parse_args().coalmine
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        paths = {n: str(folder / n) for n in ("corpus.jsonl", "seeded.jsonl", "s.coalmine", "p.yaml")}
        corpus(paths["corpus.jsonl"])
        pathlib.Path(paths["p.yaml"]).write_text(PROTOCOL)
        subprocess.run([program, "seed", paths["corpus.jsonl"], "--output", paths["seeded.jsonl"], "--study",
                        paths["s.coalmine"], "--protocol", paths["p.yaml"], "--seed", "3"], check=True,
                       stdout=subprocess.DEVNULL)
        ours = json.loads(subprocess.run(
            [program, "preflight", paths["seeded.jsonl"], "--study", paths["s.coalmine"], "--json"], check=True,
            capture_output=True).stdout)
        planted, records = copies(paths["seeded.jsonl"], paths["s.coalmine"])
    assert len(planted) == ours["copies"] and len(records) == ours["sampled_records"], (len(planted), len(records))
    found = {f["rule"]: f for f in ours["findings"]}
    wrong = 0
    print(f"{len(planted)} copies, {len(records)} records of the corpus's own")
    print(f"{'rule':24}{'copies':>8}{'theirs':>8}{'records':>9}{'theirs':>8}")
    for slug, hits in (filters() | scrubbers()).items():
        theirs = sum(hits(text, secret) for text, secret in planted)
        others = sum(hits(text, None) for text in records)
        mine = found.get(slug, {"copies_lost": 0, "sampled_records_hit": None})
        wrong += abs(mine["copies_lost"] - theirs) > 0.01 * len(planted)
        records_hit = mine["sampled_records_hit"]
        print(f"{slug:24}{mine['copies_lost']:>8.0f}{theirs:>8}{'-' if records_hit is None else records_hit:>9}{others:>8}")
    texts = [text for text, _ in planted]
    print(f"{'exact-duplicates':24}{found['exact-duplicates']['copies_lost']:>8.0f}{len(texts) - len(set(texts)):>8}")
    wrong += found["exact-duplicates"]["copies_lost"] != len(texts) - len(set(texts))
    for slug, threshold in (("near-duplicates-70", 0.7), ("near-duplicates-80", 0.8)):
        print(f"{slug:24}{found[slug]['copies_lost']:>8.0f}{near(texts, threshold):>8}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
