# SPDX-License-Identifier: Apache-2.0
"""coalmine from Python: runs the program and reads its reports.

    import coalmine

    coalmine.run("seed", "corpus.jsonl", "--output", "seeded.jsonl", "--study", "study.coalmine")
    report = coalmine.report("study.coalmine")
    print(report.verdict, report.passed)
"""

from .program import CoalmineError, Outcome, program, run
from .reports import Report, report

__all__ = ["CoalmineError", "Outcome", "Report", "program", "report", "run"]
