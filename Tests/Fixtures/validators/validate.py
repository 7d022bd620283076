# SPDX-License-Identifier: Apache-2.0
"""Reads every report below a folder as its readers do; ends with 1 at the first that is refused.

python validate.py FOLDER
"""

import csv
import json
import pathlib
import sys

import html5lib
import jsonschema
import junitparser
import sarif_pydantic
from prometheus_client.openmetrics.parser import text_string_to_metric_families

folder = pathlib.Path(sys.argv[1])
schema = json.loads((folder / "report.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)


def annotations(text):
    for line in text.splitlines():
        if not line.startswith(("::error ", "::warning ", "::notice ")):
            raise ValueError(line)


def openmetrics(text):
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    if "coalmine_verdict" not in names or len(names) != len(set(names)):
        raise ValueError(names)


def table(text, least=2):
    rows = list(csv.reader(text.splitlines()))
    if len(rows) < least or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("rows of different lengths")


def sarif(text):
    sarif_pydantic.Sarif.model_validate(json.loads(text))


readers = {
    "report.json": lambda text: jsonschema.Draft202012Validator(schema).validate(json.loads(text)),
    "report.md": lambda text: None,
    "report.html": lambda text: html5lib.HTMLParser(strict=True).parse(text),
    "report.csv": table,
    # A study without marked records has none.
    "report.records.csv": lambda text: table(text, least=1),
    "report.junit.xml": lambda text: junitparser.JUnitXml.fromstring(text.encode()),
    "report.sarif": sarif,
    "report.openmetrics.txt": openmetrics,
    "report.github.txt": annotations,
}

count = 0
for path in sorted(folder.glob("*/*")):
    try:
        readers[path.name](path.read_text(encoding="utf-8"))
    except Exception as problem:
        print(f"{path}: {type(problem).__name__}: {problem}")
        sys.exit(1)
    count += 1
print(f"{count} files")
