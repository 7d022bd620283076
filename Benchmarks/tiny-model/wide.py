# SPDX-License-Identifier: Apache-2.0
"""What `probe` costs at llama.cpp's server where the vocabulary has 150,000 tokens.

python3 Benchmarks/tiny-model/wide.py [--tokens N] [--references N]

The tiny model gets tokens that no text holds: a row of a whole vocabulary is as long as a large
model's then, and everything else stays. Beside the needs of run.py it installs gguf and numpy. Printed
are requests, bytes received, the size of the ledger and the most memory of `probe`, beside those of
the model as it is.
"""

import argparse
import os
import resource
import shutil
import subprocess
import time
import venv

import run

EXTEND = """
import sys
import numpy
import gguf

source, target, wanted, rare = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
reader = gguf.GGUFReader(source)
writer = gguf.GGUFWriter(target, "llama")
old = len(reader.fields["tokenizer.ggml.tokens"].data)
more = wanted - old
for field in reader.fields.values():
    if field.name.startswith("GGUF.") or field.name == "general.architecture":
        continue
    kind, value = field.types[0], field.contents()
    if field.name == "tokenizer.ggml.tokens":
        value = value + [f"<unused_{number}>" for number in range(more)]
    elif field.name == "tokenizer.ggml.scores":
        value = value + [-1e4] * more
    elif field.name == "tokenizer.ggml.token_type":
        value = value + [int(gguf.TokenType.UNUSED)] * more
    elif field.name.endswith(".vocab_size"):
        value = wanted
    sub = field.types[1] if kind == gguf.GGUFValueType.ARRAY else None
    writer.add_key_value(field.name, value, kind, sub_type=sub)
for tensor in reader.tensors:
    data = tensor.data
    if tensor.name in ("token_embd.weight", "output.weight"):
        data = numpy.concatenate([data, numpy.repeat(data[rare : rare + 1], more, axis=0)])
    writer.add_tensor(tensor.name, numpy.ascontiguousarray(data))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
"""


def rarest(url):
    """The token that is most improbable after some texts: copies of it take no mass to speak of."""
    sums = {}
    for text in ["", "The access code of", "The ferry leaves at", "12", "She said", "Dear"]:
        tokens = run.posted(url, "/tokenize", {"content": text, "add_special": True})["tokens"]
        row = run.posted(url, "/completion", {
            "prompt": tokens, "n_predict": 1, "n_probs": 1 << 20, "temperature": -1})
        for entry in row["completion_probabilities"][0]["top_logprobs"]:
            sums[entry["id"]] = max(sums.get(entry["id"], -1e9), entry["logprob"])
    return min(sums, key=sums.get)


def extended(tokens):
    """The tuned model with so many tokens: its path."""
    environment = run.work / "gguf"
    if not (environment / "installed").exists():
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run(
            [environment / "bin/python", "-m", "pip", "install", "--quiet", "gguf==0.17.1"],
            check=True)
        (environment / "installed").touch()
    target = run.work / f"wide-{tokens}.gguf"
    if not target.exists():
        with run.llama_server_of(run.fixtures / "tiny-f32.gguf") as url:
            rare = rarest(url)
        subprocess.run(
            [environment / "bin/python", "-c", EXTEND, run.fixtures / "tiny-f32.gguf", target,
             str(tokens), str(rare)], check=True)
    return target


def probe(study, url):
    """Probes: seconds and the most bytes that were resident."""
    binary = run.binary()
    began = time.monotonic()
    process = subprocess.Popen(
        [binary, "probe", "--score", "plain", "--study", study, "--endpoint", url, "--model", "tiny",
         "--dialect", "llama-server", "--probe-set", "exposure", "--rank-budget", "0"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("probe failed")
    return time.monotonic() - began, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", type=int, default=150_000)
    parser.add_argument("--references", type=int, default=15)
    options = parser.parse_args()
    run.work.mkdir(exist_ok=True)
    folder = run.work / "wide"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    fresh = run.imported(folder, options.references)
    for name, path in [
        ("as it is", run.fixtures / "tiny-f32.gguf"),
        (f"{options.tokens:,} tokens", extended(options.tokens)),
    ]:
        study = folder / f"{path.stem}.coalmine"
        shutil.copy(fresh, study)
        with run.llama_server_of(path) as url:
            seconds, memory = probe(study, url)
        requests, received, texts = run.Ledger(study).database.execute(
            "SELECT (SELECT count(*) FROM exchange), (SELECT sum(body_length) FROM exchange), "
            "(SELECT count(*) FROM observation)").fetchone()
        print(f"{name}: {texts:,} texts, {requests:,} requests, {received / 1e6:.1f} MB received, "
              f"ledger {study.stat().st_size / 1e6:.1f} MB, probe at most {memory / 2**20:.1f} MiB, "
              f"{seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
