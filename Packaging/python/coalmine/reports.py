# SPDX-License-Identifier: Apache-2.0
"""Reports as Python reads them."""

import io
import pathlib

from .program import VERDICTS, options, run


class Report:
    """The report of a study, as `report.json` has it (`report.schema.json` describes it)."""

    def __init__(self, document):
        if document["schema_version"] != 3:
            raise ValueError(f"this module does not know schema version {document['schema_version']}")
        self.document = document

    @property
    def result(self):
        return self.document["result"]

    @property
    def verdict(self):
        """`pass`, `leak`, `inconclusive` or `incomplete`."""
        return self.result["verdict"]

    @property
    def passed(self):
        """Whether the verdict is `pass`; nothing else counts as one."""
        return self.verdict == "pass"

    @property
    def findings(self):
        """Why, most important first: sentences."""
        return [finding["sentence"] for finding in self.result["findings"]]

    def canaries(self):
        """One row per canary, as a pandas data frame. A value that was not measured is missing."""
        return self._frame(self.result["canaries"])

    def levels(self):
        """One row per repetition level, as a pandas data frame."""
        return self._frame(self.result["repetition_levels"])

    def membership(self):
        """One row per membership score, as a pandas data frame."""
        return self._frame(self.result["membership"])

    @staticmethod
    def _frame(rows):
        import pandas

        return pandas.json_normalize(rows, sep="_")


def report(study, run_number=None):
    """Scores a study from its stored replies, and reads the report. Nothing is asked."""
    words = options({"study": study, "run": run_number})
    return Report(run("score", *words, "--json", accept=VERDICTS).json())


def canaries(study, run_number=None):
    """The CSV report of a study, or such a file: one row per canary, as a pandas data frame."""
    return _csv(study, "csv", run_number)


def records(study, run_number=None):
    """The report `csv-records` of a study, or such a file: one row per marked record."""
    return _csv(study, "csv-records", run_number)


def _csv(source, form, run_number):
    """A value that was not measured is missing; the column `..._status` beside it says why."""
    import pandas

    if pathlib.Path(source).suffix == ".csv":
        text = source
    else:
        words = options({"study": source, "run": run_number, "format": form, "output": "-"})
        text = io.StringIO(run("report", *words, accept=VERDICTS).text)
    # A name such as 'NA' is a name.
    return pandas.read_csv(text, index_col="id", keep_default_na=False, na_values=[""])
