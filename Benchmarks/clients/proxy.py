# SPDX-License-Identifier: Apache-2.0
"""Asks a model through litellm's proxy by every API that it speaks, and compares with the model's own server.

python3 Benchmarks/clients/proxy.py

It needs `swift build -c release --product coalmine` (or COALMINE, the path of a binary), Python 3.11 or later
and the Python package index. llama.cpp serves the fixtures' tuned model, and litellm's proxy stands before it. A study
of 14 of its canaries, seven of them 64 times in its training, is probed at the server and through the proxy, by `--probe-set text-only`. Per route the table
says whether a run came to its end, and of how many canaries the greedy reply holds the secret, or does not, as at
the server itself. It ends with 1 where a route that is expected to work does not, or gives other greedy replies.
"""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import venv

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "tiny-model"))
import run  # noqa: E402

work = here / ".work"
package = "litellm[proxy]==1.108.7"
levels = (0, 64)
# The proxy does not start without one; the model's own server takes no notice of it.
key = "sk-" + secrets.token_hex(24)
# Route, model behind the proxy, and the dialect at the server itself whose greedy replies must come back.
routes = [
    ("openai-chat", "chat", "openai-chat"),
    ("openai-chat,azure=2024-10-21", "chat", "openai-chat"),
    ("openai-responses", "chat", "openai-chat"),
    ("anthropic-messages", "chat", "openai-chat"),
    ("gemini", "chat", "openai-chat"),
    ("openai-completions", "text", "llama-server-completions"),
    ("llama-server-completions", "text", "llama-server-completions"),
]


@contextlib.contextmanager
def proxy(server):
    """litellm's proxy before a server: its URL."""
    environment = work / "litellm"
    if not (environment / "installed").exists():
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run([environment / "bin/python", "-m", "pip", "install", "--quiet", package], check=True)
        (environment / "installed").write_text(package + "\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    models = {"chat": "openai/tiny", "text": "text-completion-openai/tiny"}
    config = work / "config.json"
    config.write_text(json.dumps({"model_list": [
        {"model_name": name, "litellm_params": {"model": model, "api_base": server + "/v1", "api_key": "none"}}
        for name, model in models.items()]}))
    log = (work / "litellm.log").open("w")
    process = subprocess.Popen(
        [environment / "bin/litellm", "--config", config, "--host", "127.0.0.1", "--port", str(port)],
        stdout=log, stderr=log, start_new_session=True,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": key})
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(url + "/health/liveliness", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"the proxy ended; see {log.name}")
                time.sleep(1)
        yield url
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def study(folder):
    """A fresh study of some of the fixtures' canaries, one sample of each kind per canary."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = [line for line in (run.fixtures / "canaries.jsonl").read_text().splitlines()
              if json.loads(line)["repetitions"] in levels]
    (folder / "canaries.jsonl").write_text("".join(line + "\n" for line in chosen))
    plan = folder / "protocol.yaml"
    run.coalmine("plan", "--access", "text-only", "--repetitions", levels[1], "--output", plan)
    listed = "".join(f"  - {name}\n" for name in run.families)
    text = re.sub(r"(?m)^kinds:\n(  - .*\n)+", f"kinds:\n{listed}", plan.read_text())
    plan.write_text(re.sub(r"(?m)^(\s*(?:default-)?samples:) \d+$", r"\1 1", text))
    path = folder / "study.coalmine"
    run.coalmine("import", "--canaries", folder / "canaries.jsonl", "--study", path, "--kinds",
                 run.fixtures / "kinds", "--protocol", plan, "--uniform-secrets", "--random-assignment")
    return path


def greedy(url, model, dialect):
    """Of each canary, whether its greedy reply holds the secret; or the words of an error."""
    path = study(work / "study")
    done = subprocess.run(
        [os.environ.get("COALMINE", run.repository / ".build/release/coalmine"), "probe", "--study", path, "--endpoint", url, "--model", model, "--dialect", dialect,
         "--probe-set", "text-only"], capture_output=True, text=True,
        env={**os.environ, "COALMINE_API_KEY": key})
    if done.returncode != 0:
        return next((line for line in done.stderr.splitlines() if "error:" in line), done.stderr[-300:])
    report = work / "study/report.json"
    run.coalmine("report", "--study", path, "--format", "json", "--output", report, codes=(0, 1, 3, 4))
    return {one["id"]: (one["extraction"].get("greedy") or {}).get("extracted")
            for one in json.loads(report.read_text())["result"]["canaries"]}


def main():
    work.mkdir(exist_ok=True)
    wrong = 0
    known = {}
    print("| route | canaries | as at the server | secrets found |\n|---|---:|---:|---:|")
    with run.llama_server("tiny") as server, proxy(server) as url:
        for dialect, model, own in routes:
            if own not in known:
                known[own] = greedy(server, "tiny", own)
                if isinstance(known[own], str):
                    raise SystemExit(f"{own} at the server: {known[own]}")
            found = greedy(url, model, dialect)
            if isinstance(found, str):
                print(f"| `{dialect}` | {found} | | |", flush=True)
                wrong += 1
                continue
            same = sum(found[name] == value for name, value in known[own].items())
            wrong += same != len(known[own])
            print(f"| `{dialect}` | {len(found)} | {same} | {sum(map(bool, found.values()))} |", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
