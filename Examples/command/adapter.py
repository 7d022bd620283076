#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Answers the lines of coalmine's dialect 'command' by a completions API.

    coalmine check --model MODEL --command python3 adapter.py URL

URL is the API's base, such as http://127.0.0.1:8000/v1. The API must have 'echo' with 'logprobs', as
vLLM and 'coalmine serve' do. To ask something else, replace 'settings', 'scores' and 'texts'. If the
variable ADAPTER_KEY is set, it is sent as the bearer token.
"""

import json
import os
import sys
import urllib.error
import urllib.request


def call(url, body=None):
    """The JSON that the API answers: POST with a body, else GET."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    if os.environ.get("ADAPTER_KEY"):
        request.add_header("authorization", "Bearer " + os.environ["ADAPTER_KEY"])
    with urllib.request.urlopen(request, timeout=600) as reply:
        return json.load(reply)


def settings(base):
    """Answers "wanted": "settings"; everything in it may be left out."""
    return {"models": [model["id"] for model in call(base + "/models")["data"]]}


def scores(base, ask):
    """Answers "wanted": "logprobs": the tokens of the text and their log-probabilities."""
    reply = call(base + "/completions", {
        "model": ask["model"], "prompt": ask["text"], "max_tokens": 1, "temperature": 0,
        "echo": True, "logprobs": 1,
    })
    # What is written after the text may stay: coalmine takes the tokens that spell the text.
    return {
        "logprobs": reply["choices"][0]["logprobs"], "model": reply.get("model"),
        "usage": reply.get("usage"),
    }


def texts(base, ask):
    """Answers "wanted": "texts": 'n' texts, each with the reason of its end."""
    body = {"model": ask["model"], "prompt": ask["text"], "max_tokens": ask["max_tokens"]}
    # A field that an ask does not have is left to the model's own settings.
    body.update({name: ask[name] for name in ("n", "temperature", "top_p", "seed") if name in ask})
    reply = call(base + "/completions", body)
    choices = sorted(reply["choices"], key=lambda choice: choice["index"])
    return {
        "texts": [
            {"text": choice["text"], "finish_reason": choice["finish_reason"]} for choice in choices
        ],
        "model": reply.get("model"),
        "usage": reply.get("usage"),
    }


def answer(base, ask):
    try:
        if ask["wanted"] == "settings":
            return settings(base)
        return scores(base, ask) if ask["wanted"] == "logprobs" else texts(base, ask)
    except urllib.error.HTTPError as error:
        # coalmine does with the status what it does with that of an API: 429 and 5xx wait.
        failure = {"message": error.reason, "status": error.code}
        pause = error.headers.get("retry-after", "")
        if pause.isdigit():
            failure["retry_after"] = int(pause)
        return {"error": failure}
    except OSError as error:
        return {"error": {"message": str(error), "status": 503}}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: adapter.py URL")
    base = sys.argv[1].rstrip("/")
    for line in sys.stdin.buffer:
        ask = json.loads(line)
        # One line per answer, at once, and nothing else: logs go to standard error.
        print(json.dumps({"id": ask["id"], **answer(base, ask)}), flush=True)


if __name__ == "__main__":
    main()
