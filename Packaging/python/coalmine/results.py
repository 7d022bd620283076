# SPDX-License-Identifier: Apache-2.0
"""What verbs print with --json, as Python reads it.

A class names the fields that programs ask for; `document` has all of them, as they were printed.
"""

import dataclasses
import typing


def typed(kind, document):
    """An object of a class of this file from a JSON object.

    Raises ValueError where a field is not there: the program of COALMINE is another version then.
    """
    values = {}
    for field in dataclasses.fields(kind):
        if field.name == "document":
            values["document"] = document
            continue
        if field.name not in document:
            raise ValueError(f"this program does not print {field.name!r} of {kind.__name__}")
        value, each = document[field.name], field.metadata.get("each")
        if each and value is not None:
            value = [typed(each, part) for part in value] if isinstance(value, list) else (
                typed(each, value))
        values[field.name] = value
    return kind(**values)


def _each(kind):
    return dataclasses.field(metadata={"each": kind})


def frame(rows):
    """Rows as a pandas data frame; what lies in an object has the object's name before its own."""
    import pandas

    return pandas.json_normalize([row.document for row in rows], sep="_")


_result = dataclasses.dataclass(frozen=True)


@_result
class Result:
    document: typing.Dict[str, typing.Any] = dataclasses.field(repr=False)


@_result
class Plan(Result):
    """`plan`: what the study will be able to say."""

    canaries: int
    share_of_records: typing.Optional[float]
    can_pass: bool
    detectable_auc: typing.Optional[float]
    texts_asked: int
    warnings: list


@_result
class PreflightFinding(Result):
    """What one rule of training pipelines would do to the canaries."""

    rule: str
    family: str
    copies_lost: typing.Optional[int]
    canaries_lost: typing.Optional[int]
    is_likely: bool
    what_to_do: str


@_result
class Preflight(Result):
    """`preflight`."""

    copies: int
    canaries: int
    records: int
    findings: typing.List[PreflightFinding] = _each(PreflightFinding)

    def frame(self):
        """One row per rule, as a pandas data frame."""
        return frame(self.findings)


@_result
class Seeding(Result):
    """`seed`."""

    study: str
    canaries: int
    inserted: int
    held_out: int
    copies: int
    share_of_records: float
    seeded_sha256: str
    preflight: Preflight = _each(Preflight)


@_result
class ShardPlan(Result):
    """`seed --shards`: the files of each shard."""

    canaries: int
    copies: int
    shards: typing.List[typing.List[str]]


@_result
class Shard(Result):
    """`seed --shard`: the files that were written."""

    shard: int
    shards: int
    files: list


@_result
class Merge(Result):
    """`merge`."""

    study: str
    files: int
    copies: int
    seeded_sha256: str
    preflight: Preflight = _each(Preflight)


@_result
class Check(Result):
    """`check`: what the endpoint was seen to do, and whether that is what is needed."""

    able: bool
    requests: int
    claimed: typing.List[str]
    verified: typing.List[str]
    noise_nats: typing.Optional[float]
    checks: list


@_result
class Run(Result):
    """`probe`: one run. It is complete, or the same call goes on with it."""

    run: int
    role: str
    questions: int
    requests: int
    complete: bool
    cost: dict


@_result
class Estimate(Result):
    """`probe --dry-run`: what the run would take."""

    questions: int
    requests: typing.Optional[int]


@_result
class Verification(Result):
    """`verify`: whether all is as the study says."""

    verified: bool

    @property
    def problems(self):
        """What differs."""
        return self.document.get("problems", [])


@_result
class Processed(Result):
    """`verify --processed`: the canaries in files that a pipeline made."""

    conclusion: str
    copies_planned: int
    copies_intact: int
    nonmembers_found: int
    canaries: list


@_result
class Trained(Result):
    """`trained`."""

    model: str
    epochs: float
    file_sha256: typing.Optional[str]
    file_is_seeded: typing.Optional[bool]


@_result
class Commitment(Result):
    """`commit`."""

    commitment_sha256: str
    root: str
    canaries: int
    noted_at: typing.Optional[str]


@_result
class Hit(Result):
    """A place where a planted secret stands."""

    id: str
    canary: str
    form: str
    input: str
    offset: int
    length: int
    bits: float


@_result
class Scan(Result):
    """`scan`. `complete` is false where records were read and none held what was to be searched."""

    complete: bool
    hits: typing.List[Hit] = _each(Hit)

    @property
    def clean(self):
        """Whether everything was searched and nothing found; nothing else counts as clean."""
        return self.complete and not self.hits

    def frame(self):
        """One row per hit, as a pandas data frame."""
        return frame(self.hits)


@_result
class Comparison(Result):
    """`compare`: `regression`, `no-worse` or `inconclusive`."""

    verdict: str
    findings: typing.List[str]
    exposure: dict
    extraction: dict
    membership: dict

    @property
    def no_worse(self):
        """Whether the later model is no worse by the margin; nothing else counts."""
        return self.verdict == "no-worse"


@_result
class HistoryRow(Result):
    """One run of a tuned model."""

    date: str
    study: str
    run: int
    model: str
    verdict: str


@_result
class History(Result):
    """`history`."""

    runs: typing.List[HistoryRow] = _each(HistoryRow)

    def frame(self):
        """One row per run, oldest first, as a pandas data frame."""
        return frame(self.runs)


@_result
class Next(Result):
    """What is next in a study."""

    step: str
    sentence: str
    command: typing.Optional[str]


@_result
class Status(Result):
    """`status`."""

    id: str
    training_is_stated: bool
    runs: list
    next: Next = _each(Next)


@_result
class Look(Result):
    """One look of `monitor`."""

    look: int
    run: int
    complete: bool
    mean_e_value: typing.Optional[float]
    evidence: typing.Optional[float]


@_result
class Monitoring(Result):
    """`monitor`: the looks of a study."""

    outcome: str
    evidence: typing.Optional[float]
    threshold: float
    looks: typing.List[Look] = _each(Look)

    @property
    def alarm(self):
        return self.outcome == "alarm"

    def frame(self):
        """One row per look, as a pandas data frame."""
        return frame(self.looks)


@_result
class Retirement(Result):
    """`retire`. `retired` is false before the day of `after`."""

    retired: bool
