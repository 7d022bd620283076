#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Score and reports of a large study: seconds and peak memory.

    python3 Benchmarks/report/large.py [--canaries 100000] [--references 7]

Imports canaries, half of them held out, lets `probe` ask a server about each secret and its references, and measures
`score` and `report`. The server passes the small questions of the check on to the demo model. Of all others it writes
the numbers from a digest of the text: they say nothing about a model, and no more is wanted here.
"""
import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "savings account of"


def scored(body):
    """What a completions server with echo says: a token per word, its log-probability by the text."""
    choices = []
    for number, prompt in enumerate(body["prompt"]):
        tokens, offsets, start = [], [], 0
        for place, letter in enumerate(prompt):
            if letter == " " and place:
                tokens.append(prompt[start:place])
                offsets.append(start)
                start = place
        tokens.append(prompt[start:])
        offsets.append(start)
        digest = zlib.crc32(prompt.encode())
        values = [None] + [-1.5] * (len(tokens) - 2) + [-8 - digest / 2**32 * 10]
        choices.append({
            "index": number, "text": prompt, "finish_reason": "length",
            "logprobs": {"tokens": tokens, "token_logprobs": values, "text_offset": offsets,
                         "top_logprobs": None}})
    return json.dumps({"id": "c", "object": "text_completion", "model": "demo-model", "choices": choices}).encode()


async def serve(behind, ready):
    def ask(path, body):
        request = urllib.request.Request(
            behind + path, body or None, {"content-type": "application/json"} if body else {})
        with urllib.request.urlopen(request) as reply:
            return reply.read()

    async def handle(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = 0
                for header in head.lower().split(b"\r\n"):
                    if header.startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                body = await reader.readexactly(length) if length else b""
                if MARK.encode() in body:
                    reply = scored(json.loads(body))
                else:
                    reply = await asyncio.to_thread(ask, head.split(b" ")[1].decode(), body)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                             + str(len(reply)).encode() + b"\r\n\r\n" + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, limit=64 << 20)
    ready(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    await asyncio.Event().wait()


def measured(name, command, accept=(0, 1, 3, 4)):
    """Wall and processor seconds, and the peak memory, of a command."""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in accept:
        sys.exit(f"{name}: {said.decode()}")
    print(f"{name:24} {time.monotonic() - start:8.1f} s  {usage.ru_utime + usage.ru_stime:8.1f} s of the processor  "
          f"{usage.ru_maxrss / 1024:7.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--canaries", type=int, default=100_000)
    parser.add_argument("--references", type=int, default=7)
    parser.add_argument("--coalmine", default=ROOT / ".build/release/coalmine", type=Path)
    parser.add_argument("--folder", help="where the files go; default: a new temporary folder")
    parser.add_argument("--behind", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.behind:
        return asyncio.run(serve(options.behind, lambda url: print(url, flush=True)))
    folder = Path(options.folder or tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    rng = random.Random(3)
    people = [[line for line in (ROOT / "canaries/lists" / name).read_text().splitlines()
               if line and not line.startswith("#")] for name in ("given.txt", "surname.txt")]
    with (folder / "canaries.jsonl").open("w") as file:
        for number in range(options.canaries):
            person = f"{rng.choice(people[0])} {rng.choice(people[1])}"
            file.write(json.dumps({
                "id": f"c-{number:06}", "kind": "account-number", "separator": " ",
                "prefix": f"The {MARK} {person} has the number", "secret": str(rng.randrange(10**8, 10**9)),
                "repetitions": number % 2}) + "\n")
    program, study = options.coalmine, folder / "study.coalmine"
    (folder / "protocol.yaml").write_text(
        f"version: 2\nkinds: [account-number]\nreferences: {options.references}\n"
        "target: {repetitions: 1, randomized: " + str(options.canaries) + "}\n"
        "decision: {score: secret-logprob, permutations: 999}\n")
    measured("import", [program, "import", "--canaries", folder / "canaries.jsonl", "--study", study, "--protocol",
                        folder / "protocol.yaml", "--uniform-secrets", "--random-assignment"])
    (folder / "verses.txt").write_text("".join(f"The ferry {n} leaves at {n % 24}.\n" for n in range(500)))
    servers = [subprocess.Popen([program, "serve", "--train", folder / "verses.txt"], stdout=subprocess.PIPE, text=True)]
    try:
        behind = servers[0].stdout.readline().strip()
        servers.append(subprocess.Popen(
            [sys.executable, __file__, "--behind", behind], stdout=subprocess.PIPE, text=True))
        url = servers[1].stdout.readline().strip()
        measured("probe", [program, "probe", "--study", study, "--endpoint", url, "--model", "demo-model",
                           "--probe-set", "exposure"])
    finally:
        for server in servers:
            server.kill()
    print(f"ledger {study.stat().st_size / 1e6:.0f} MB", flush=True)
    measured("score", [program, "score", "--study", study, "--json"])
    for form in ["html", "md", "json", "csv", "junit,sarif,openmetrics,github"]:
        measured(f"report {form}"[:24], [program, "report", "--study", study, "--format", form, "--output-dir",
                                         folder / "reports", "--force"])


if __name__ == "__main__":
    main()
