#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A language server that is made by hand, after what Copilot's said in a recorded session.

    fake_language_server.py STATUS [LOG]

The shapes of its messages are those of version 1.548.0, which was recorded without anybody signed in; what
it suggests to somebody who is signed in was not recorded and follows the LSP. STATUS is 'NotSignedIn' or
'OK'. LOG gets every message that arrives, one per line.
"""

import json
import sys

status, log = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
words = sys.stdin.buffer
files = {}


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()


def refuse(number):
    send({"method": "didChangeStatus/v2", "params": {"statuses": [{
        "category": "auth", "kind": "Error", "message": "You are not signed into GitHub.",
        "askToReSignin": False, "result": {"status": "NotSignedIn"},
    }]}})
    send({"id": number, "error": {"code": 1000, "message": "Not authenticated: NotSignedIn"}})


def complete(number, params):
    text = files.get(params["textDocument"]["uri"])
    if text is None:
        send({"id": number, "error": {
            "code": -32602,
            "message": "Document for URI could not be found: " + params["textDocument"]["uri"],
        }})
        return
    place = params["position"]
    line = text.split("\n")[place["line"]]
    if "public" in line:
        send({"method": "copilot/ipCodeCitation", "params": {
            "uri": params["textDocument"]["uri"], "version": 1,
        }})
    items = [] if "nothing" in line else [{
        # A suggestion stands for the whole line, as editors expect it.
        "insertText": line + f" 30{place['character']}",
        "range": {"start": {"line": place["line"], "character": 0}, "end": place},
    }]
    send({"id": number, "result": {"items": items}})


while True:
    length = 0
    while (line := words.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if not line:
        break
    message = json.loads(words.read(length))
    if log:
        with open(log, "a") as file:
            file.write(json.dumps(message) + "\n")
    method, number, params = message.get("method"), message.get("id"), message.get("params")
    if method == "initialize":
        send({"method": "copilot/hook/didChange", "params": {}})
        send({"id": number, "result": {
            "capabilities": {"inlineCompletionProvider": {}},
            "serverInfo": {"name": "GitHub Copilot Language Server", "version": "1.548.0"},
        }})
    elif method == "initialized":
        send({"id": 0, "method": "workspace/configuration", "params": {
            "items": [{"section": "github.copilot"}, {"section": "http"}],
        }})
    elif method == "checkStatus":
        send({"id": number, "result": {"status": status}})
    elif method == "textDocument/didOpen":
        files[params["textDocument"]["uri"]] = params["textDocument"]["text"]
    elif method == "textDocument/didClose":
        files.pop(params["textDocument"]["uri"], None)
    elif method == "textDocument/inlineCompletion":
        complete(number, params) if status == "OK" else refuse(number)
