# SPDX-License-Identifier: Apache-2.0
"""The verbs of the program.

Options of a verb are given by name: `coalmine seed --hold-out 20` is `coalmine.seed(..., hold_out=20)`;
`coalmine help VERB` lists them. Paths are text or `pathlib.Path`. A verb that did not do what it was asked
raises `CoalmineError`.
"""

import contextlib
import json
import pathlib
import subprocess

from . import results
from .program import VERDICTS, environment, error, options, program, run


def _json(kind, verb, *arguments, accept=(0,), **named):
    done = run(verb, *arguments, *options(named), "--json", accept=accept)
    if not done.text:
        raise error(done.code, done.notes)
    return results.typed(kind, done.json())


def _verification(*arguments, **named):
    done = run("verify", *arguments, *options(named), "--json", accept=(0, 5))
    # Of a corpus the first difference is an error, and nothing is printed.
    differs = {"verified": False, "problems": [done.notes.strip()]}
    return results.typed(results.Verification, done.json() if done.text else differs)


def plan(*corpus, output, **named):
    """Writes a protocol for a corpus, or for any corpus where none is named."""
    return _json(results.Plan, "plan", *corpus, output=output, **named)


def preflight(*corpus, **named):
    """What a training pipeline would do to planted canaries."""
    return _json(results.Preflight, "preflight", *corpus, **named)


def seed(*corpus, study, **named):
    """Plants canaries in a corpus: `output` names the seeded file, `output_dir` the folder of several."""
    return _json(results.Seeding, "seed", *corpus, study=study, **named)


def plan_shards(*corpus, study, shards, **named):
    """Plans a study whose corpus several machines write."""
    return _json(results.ShardPlan, "seed", *corpus, study=study, shards=shards, **named)


def seed_shard(*corpus, study, shard, shards, output_dir, **named):
    """Writes one shard, from 1 to `shards`, of a planned study."""
    return _json(results.Shard, "seed", *corpus, study=study, shard=f"{shard}/{shards}",
                 output_dir=output_dir, **named)


def merge(*seeded, study):
    """Completes a study whose corpus was written by shards."""
    return _json(results.Merge, "merge", *seeded, study=study)


def index(study, output_dir):
    """Writes the canaries for an endpoint's index; gives their number."""
    return run("index", "--study", study, "--output-dir", output_dir, "--json").json()["canaries"]


def import_canaries(canaries, study, **named):
    """Makes a study from canaries that were planted by other means."""
    return run("import", *options(dict(canaries=canaries, study=study, **named)), "--json").json()


def unseed(*seeded, study, **named):
    """Restores the original corpus, byte for byte."""
    run("unseed", *seeded, *options(dict(study=study, **named)))


def verify(*seeded, study, **named):
    """Whether a seeded corpus is as `seed` wrote it; without one, whether the ledger is whole."""
    return _verification(*seeded, study=study, **named)


def verify_processed(*files, study):
    """Counts the canaries in files that a pipeline made of the seeded corpus."""
    return _json(results.Processed, "verify", *files, accept=(0, 5), processed=True, study=study)


def commit(study, output, **named):
    """Writes a file without secrets that binds the study, before training."""
    return _json(results.Commitment, "commit", study=study, output=output, **named)


def disclose(study, output, canaries=None, **named):
    """Shows canaries in clear, all of them where none are named, with the proof under the commitment."""
    return run("disclose", *options(dict(
        study=study, output=output, canary=canaries, all=canaries is None, **named)), "--json").json()


def verify_commitment(commitment, study=None, disclosed=None):
    """Whether a commitment stands for a study, or for what was disclosed."""
    return _verification(commitment=commitment, study=study, disclosed=disclosed)


def trained(study, model, epochs, **named):
    """Records how the model was trained: `file`, or `corpus` with the files a pipeline made, and `job`."""
    return _json(results.Trained, "trained", study=study, model=model, epochs=epochs, **named)


def check(**named):
    """What an endpoint really returns, before study data is sent: `endpoint`, `model`, and more."""
    done = run("check", *options(named), "--json", accept=(0, 3, 69))
    if not done.text:
        raise error(done.code, done.notes)
    return results.typed(results.Check, {**done.json(), "able": done.code == 0})


def probe(study, **named):
    """Asks a model the study's questions: `endpoint`, `model`, `as_="base"` for the base model.

    The key comes from COALMINE_API_KEY or `key_file`. Where the run is not complete, the same call goes on.
    """
    return _json(results.Run, "probe", accept=(0, 3), study=study, **named)


def estimate(study, **named):
    """What `probe` with the same options would take; nothing is sent."""
    return _json(results.Estimate, "probe", study=study, dry_run=True, **named)


def scan(*inputs, text=None, **named):
    """Looks for planted secrets in files, or in `text`: `study` or `patterns`, `field`, `format`, `state`."""
    arguments = [*inputs, *(["-"] if text is not None else [])]
    done = run("scan", *arguments, *options(named), accept=(0, 1, 3), input=text)
    lines = done.lines()
    return results.typed(results.Scan, {
        "complete": done.code != 3, "hits": [line for line in lines if line["type"] == "hit"],
        "lines": lines})


def write_patterns(study, output, **named):
    """Writes the secrets of a study, hashed, for a host that must not hold them."""
    run("scan", *options(dict(study=study, write_patterns=output, **named)))


def compare(first, second=None, runs=None, **named):
    """Whether a later model leaks more than an earlier one; without `second`, of two runs of `first`."""
    ledgers = [ledger for ledger in (first, second) if ledger is not None]
    done = run("compare", *ledgers, *options(dict(run=runs, **named)), "--format", "json",
               accept=(0, 1, 4))
    return results.typed(results.Comparison, done.json())


def history(*studies):
    """What studies came to, by date."""
    return results.typed(results.History, run("history", *studies, "--format", "json").json())


def status(study):
    """Where a study stands, and what is next. Of a study in shards, `run` the verb yourself."""
    return results.typed(results.Status, run("status", study, "--format", "json").json())


def monitor(study, **named):
    """Makes one look at a model that is in use: `endpoint`, `model`, `metrics`."""
    return _json(results.Monitoring, "monitor", study, accept=(0, 1, 3, 4), once=True, **named)


def retire(study, **named):
    """Drops the secrets, the record texts and the replies from a study, for good."""
    return _json(results.Retirement, "retire", study, **named)


def explain(slug):
    """What a slug of a report, a check or an error means: its texts by where it is used."""
    found = run("explain", slug, "--json").json()["explanations"]
    return {row["family"]: row["text"] for row in found}


def listed(subject, **named):
    """Rows of `list`: kinds, probe-sets, dialects or formats."""
    return next(iter(run("list", subject, *options(named), "--json").json().values()))


def write_reports(study, formats, output_dir, **named):
    """Writes reports of a study; gives the verdict and the files."""
    done = run("report", *options(dict(
        study=study, format=",".join(formats), output_dir=output_dir, **named)), "--json",
        accept=VERDICTS).json()
    return done["verdict"], [pathlib.Path(file) for file in done["files"]]


def _first_object(served):
    """The JSON object that a program prints before it goes on."""
    text = ""
    for line in served.stdout:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise error(served.wait(), served.stderr.read())


@contextlib.contextmanager
def serve(*train, **named):
    """Trains the built-in demo model on files, and gives the URL at which it answers inside `with`.

        with coalmine.serve("seeded.jsonl") as url:
            coalmine.probe("study.coalmine", endpoint=url, model="demo-model")
    """
    words = ["serve", *options(dict(train=list(train), **named)), "--json"]
    served = subprocess.Popen(
        [program(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment())
    try:
        yield _first_object(served)["url"]
    finally:
        served.terminate()
        served.wait()
        served.stdout.close()
        served.stderr.close()
