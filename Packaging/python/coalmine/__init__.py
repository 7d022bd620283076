# SPDX-License-Identifier: Apache-2.0
"""coalmine from Python: runs the verbs of the program, and reads what they print.

    import coalmine

    coalmine.seed("corpus.jsonl", output="seeded.jsonl", study="study.coalmine")
    report = coalmine.report("study.coalmine")
    print(report.verdict, report.passed)
"""

from .program import (
    ERRORS, VERDICTS, BadInput, CoalmineError, ConfigurationError, CredentialsError, DiskError,
    EndpointUnavailable, LedgerBusy, MissingInput, NotVerified, Outcome, OutputRefused, UsageError,
    program, run)
from .reports import Report, canaries, records, report
from .results import (
    Check, Commitment, Comparison, Estimate, History, HistoryRow, Hit, Look, Merge, Monitoring, Next, Plan,
    Preflight, PreflightFinding, Processed, Retirement, Run, Scan, Seeding, Shard, ShardPlan, Status,
    Trained, Verification)
from .verbs import (
    check, commit, compare, disclose, estimate, explain, history, import_canaries, index, listed, merge,
    monitor, plan, plan_shards, preflight, probe, retire, scan, seed, seed_shard, serve, status, trained,
    unseed, verify, verify_commitment, verify_processed, write_patterns, write_reports)

__all__ = [name for name in dir() if not name.startswith("_")]
