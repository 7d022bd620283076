# SPDX-License-Identifier: Apache-2.0
"""Compares coalmine's requests with those of the providers' own clients, at one server that records both.

python3 Benchmarks/clients/run.py [--show]

It needs `swift build -c release --product coalmine` (or COALMINE, the path of a binary), Python 3.11 or later
and the Python package index. Under `Benchmarks/clients/.work` it makes a virtual environment with the clients.

Per dialect `coalmine check` asks a server on loopback that gives short answers of the API's shape. What it posted is
then asked again by the provider's client, field by field as its arguments, and the two requests are held against each
other: path, the header with the key, and every field of the body. The client must also read the same text from
the reply. Then the server refuses: both must say so. Fields in `adds` are those that a client adds by itself and that
say what is the case anyway. It ends with 1 where anything else differs.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading
import venv
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

here = pathlib.Path(__file__).resolve().parent
work = here / ".work"
packages = ["openai==3.57.0", "anthropic==2.14.0", "mistralai==3.7.0", "ollama==0.6.3", "google-genai==3.6.1"]
binary = os.environ.get("COALMINE", str(here.parents[1] / ".build/release/coalmine"))
said = "three, one two"


def install():
    """Runs this script again by the Python that has the clients."""
    python = work / "venv/bin/python"
    if not (work / "installed").exists():
        venv.create(work / "venv", with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (work / "installed").write_text("\n".join(packages) + "\n")
    if pathlib.Path(sys.prefix).resolve() != (work / "venv").resolve():
        os.execv(python, [str(python), *sys.argv])


class Recorder(BaseHTTPRequestHandler):
    """Answers as the API of each path does, and keeps what was asked."""
    protocol_version = "HTTP/1.1"
    asked = []
    status = 200

    def log_message(self, *_):
        pass

    def answer(self, reply, status=200):
        body = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if "/v1beta/" in self.path:
            return self.answer({"models": [{"name": "models/m"}]})
        if "/api/" in self.path:
            return self.answer({"models": [{"name": "m", "model": "m"}]})
        self.answer({"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Recorder.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if Recorder.status != 200:
            error = {"message": "no", "type": "invalid_request_error", "code": "no", "param": None}
            return self.answer({"type": "error", "error": error}, Recorder.status)
        self.answer(self.reply(body))

    def reply(self, body):
        path = self.path.split("?")[0]
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        message = {"role": "assistant", "content": said}
        if path.endswith("generateContent"):
            return {"candidates": [{"content": {"role": "model", "parts": [{"text": said}]},
                                    "finishReason": "MAX_TOKENS", "index": 0}], "modelVersion": "m"}
        if path.endswith("/messages"):
            return {"id": "x", "type": "message", "role": "assistant", "model": "m", "stop_reason": "max_tokens",
                    "stop_sequence": None, "content": [{"type": "text", "text": said}],
                    "usage": {"input_tokens": 1, "output_tokens": 1}}
        if path.endswith("/responses"):
            part = {"type": "output_text", "text": said, "annotations": []}
            return {"id": "x", "object": "response", "created_at": 1, "status": "completed", "model": "m",
                    "output": [{"type": "message", "id": "y", "status": "completed", "role": "assistant",
                                "content": [part]}],
                    "parallel_tool_calls": False, "tool_choice": "auto", "tools": []}
        if path.endswith("/api/chat") or path.endswith("/api/generate"):
            text = {"message": message} if path.endswith("chat") else {"response": said}
            return {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": True, "done_reason": "length", **text}
        prompts = body.get("prompt", [""])
        count = body.get("n", 1) * (len(prompts) if isinstance(prompts, list) else 1)
        chat = "/chat/" in path or "/fim/" in path
        text = {"message": message} if chat else {"text": said}
        return {"id": "x", "object": "chat.completion" if chat else "text_completion", "created": 1, "model": "m",
                "usage": usage, "choices": [{"index": i, "finish_reason": "length", **text} for i in range(count)]}


def openai_client(url, **more):
    import openai
    return openai.OpenAI(base_url=url + "/v1", api_key="k", max_retries=0, **more)


def chat(url, body):
    return openai_client(url).chat.completions.create(**body).choices[0].message.content


def azure(url, body):
    import openai
    client = openai.AzureOpenAI(azure_endpoint=url, api_version="2024-10-21", api_key="k", max_retries=0)
    return client.chat.completions.create(**body).choices[0].message.content


def completions(url, body):
    return openai_client(url).completions.create(**body).choices[0].text


def responses(url, body):
    return openai_client(url).responses.create(**body).output_text


def messages(url, body):
    import anthropic
    client = anthropic.Anthropic(base_url=url, api_key="k", max_retries=0)
    body = dict(body)
    # Its newest version has no such argument, and sends what it is told to.
    extra = {"temperature": body.pop("temperature")} if "temperature" in body else None
    return client.messages.create(**body, extra_body=extra).content[0].text


def mistral(url, body):
    from mistralai.client import Mistral
    return Mistral(api_key="k", server_url=url).chat.complete(**body).choices[0].message.content


def fim(url, body):
    from mistralai.client import Mistral
    return Mistral(api_key="k", server_url=url).fim.complete(**body).choices[0].message.content


def ollama_client(url):
    import ollama
    return ollama.Client(host=url, headers={"authorization": "Bearer k"})


def ollama_generate(url, body):
    return ollama_client(url).generate(**body).response


def ollama_chat(url, body):
    return ollama_client(url).chat(**body).message.content


def gemini(url, body):
    from google import genai
    client = genai.Client(api_key="k", http_options={"base_url": url, "api_version": "v1beta"})
    config = dict(body.get("generationConfig", {}))
    for field in ("systemInstruction", "safetySettings"):
        if field in body:
            config[field] = body[field]
    return client.models.generate_content(model="m", contents=body["contents"], config=config).text


# Dialect: the client's call, the header of the key, and what the client adds by itself.
dialects = {
    "openai-chat": (chat, "authorization", {}),
    "openai-chat,limit=max_completion_tokens,effort=none,logprobs=20": (chat, "authorization", {}),
    "openai-chat,azure=2024-10-21": (azure, "api-key", {}),
    "openai-completions": (completions, "authorization", {}),
    "openai-responses": (responses, "authorization", {}),
    "anthropic-messages": (messages, None, {}),
    "anthropic-messages,prefill=on": (messages, None, {}),
    "mistral-chat": (mistral, "authorization", {"stream": False}),
    "mistral-fim": (fim, "authorization", {"stream": False}),
    "ollama": (ollama_generate, "authorization", {}),
    "ollama,route=chat": (ollama_chat, "authorization", {"tools": []}),
    "gemini": (gemini, "x-goog-api-key", {}),
    "gemini,prefill=on": (gemini, "x-goog-api-key", {}),
}


def check(url, dialect):
    """What `coalmine check` posts; its exit code and words."""
    Recorder.asked.clear()
    done = subprocess.run(
        [binary, "check", "--endpoint", url, "--model", "m", "--dialect", dialect],
        capture_output=True, text=True, env={**os.environ, "COALMINE_API_KEY": "k"})
    return list(Recorder.asked), done


def differences(ours, theirs, header, adds):
    """Where two requests are not one."""
    found = []
    # A slash more or less and the order of a query are the same address.
    if ours[0] != theirs[0]:
        found.append(f"path {ours[0]} and {theirs[0]}")
    if header and ours[1].get(header) != theirs[1].get(header):
        found.append(f"header {header}")
    body = {name: value for name, value in theirs[2].items() if name in ours[2] or adds.get(name, ...) != value}
    for name in sorted(set(ours[2]) | set(body)):
        if name not in body or name not in ours[2] or ours[2][name] != body[name]:
            found.append(f"{name}: {json.dumps(ours[2].get(name))} and {json.dumps(body.get(name))}"[:200])
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="print every request")
    options = parser.parse_args()
    install()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    wrong = 0
    for dialect, (call, header, adds) in dialects.items():
        Recorder.status = 200
        posted, done = check(url, dialect)
        if not posted:
            raise SystemExit(f"{dialect}: nothing was asked\n{done.stderr}")
        kinds = {}
        for request in posted:
            kinds.setdefault((request[0], tuple(request[2])), request)
        faults = []
        for request in kinds.values():
            Recorder.asked.clear()
            try:
                text = call(url, dict(request[2]))
            except Exception as error:
                faults.append(f"the client refuses: {type(error).__name__}: {str(error)[:300]}")
                continue
            if options.show:
                print(json.dumps(request[2]), "\n  ", json.dumps(Recorder.asked[0][2]))
            faults += differences(request, Recorder.asked[0], header, adds)
            if text != said:
                faults.append(f"the client reads {text!r}")
        for status, code in ((401, 77), (400, 69)):
            Recorder.status = status
            _, done = check(url, dialect)
            try:
                call(url, dict(next(iter(kinds.values()))[2]))
                faults.append(f"the client takes a reply with status {status}")
            except Exception:
                pass
            if status == 401 and done.returncode != code:
                faults.append(f"coalmine ends with {done.returncode} at status {status}")
            if status == 400 and done.returncode == 0 and "refused" not in done.stdout + done.stderr:
                faults.append(f"coalmine says nothing of status {status}")
        wrong += len(faults)
        print(f"{dialect}: {len(posted)} requests, {len(kinds)} kinds" + "".join(f"\n  {one}" for one in faults),
              flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
