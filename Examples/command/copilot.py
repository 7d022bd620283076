#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Answers the lines of coalmine's dialect 'command' by GitHub's Copilot language server.

    coalmine check --model copilot --dialect command,scores=off,n=1 \\
      --command python3 copilot.py copilot-language-server --stdio

What stands behind 'copilot.py' starts the server, which reads and writes LSP on its standard input and
output. Sign in first, in an editor that uses the same server: this adapter signs nobody in, and holds no
key. Ask only with the permission of whoever owns the account and the code.

The text of an ask becomes a file that exists in the editor alone, in an empty workspace that this adapter
makes and removes: what the server could find in files next to it must hold no secret. Every ask has a file
name of its own, so that no ask sees the text of another one.

The server has no temperature and no seed: it gives the suggestion that an editor would show, so ask one
text ('n=1') with the probe set 'text-only'. A suggestion that GitHub marks as public code is 'citation'.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading

# Seconds until a server counts as silent.
PATIENCE = 120


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


class Server:
    """The language server: requests by number, and what it tells by itself."""

    def __init__(self, words, workspace):
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=workspace)
        self.number = 0
        self.messages = queue.Queue()
        # Files of which the server said that a suggestion is public code, by their URI.
        self.cited = set()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        """Puts every message of the server into the queue, and None behind the last one."""
        stream = self.process.stdout
        try:
            while True:
                length = 0
                while True:
                    line = stream.readline()
                    if not line:
                        return
                    if line in (b"\r\n", b"\n"):
                        break
                    name, _, value = line.partition(b":")
                    if name.strip().lower() == b"content-length":
                        length = int(value)
                self.messages.put(json.loads(stream.read(length)))
        except ValueError:
            return
        finally:
            self.messages.put(None)

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()
        except OSError:
            raise Refused("the language server has ended", 503) from None

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        """The result of a request."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            try:
                message = self.messages.get(timeout=PATIENCE)
            except queue.Empty:
                raise Refused("the language server is silent", 503) from None
            if message is None:
                self.messages.put(None)
                raise Refused("the language server has ended", 503)
            if "method" in message:
                self.take(message)
            elif message.get("id") == self.number:
                if "error" in message:
                    said = message["error"].get("message", "no reason given")
                    raise Refused(said, 401 if "NotSignedIn" in said else 502)
                return message.get("result")

    def take(self, message):
        """What the server tells or asks by itself."""
        if message["method"] == "copilot/ipCodeCitation":
            self.cited.add((message.get("params") or {}).get("uri"))
        if "id" not in message:
            return
        # It asks for settings; there are none.
        items = (message.get("params") or {}).get("items", [])
        is_settings = message["method"] == "workspace/configuration"
        self.send({"id": message["id"], "result": [None] * len(items) if is_settings else None})


class Editor:
    """Asks the server as an editor does: opens a file, and asks what comes behind its end."""

    def __init__(self, words, workspace):
        self.root = "file://" + workspace
        self.files = 0
        self.server = Server(words, workspace)
        names = {"name": "coalmine", "version": "1.0"}
        told = self.server.ask("initialize", {
            "processId": os.getpid(),
            "capabilities": {
                "workspace": {"workspaceFolders": True, "configuration": True},
                "textDocument": {"inlineCompletion": {}},
            },
            "workspaceFolders": [{"uri": self.root, "name": "empty"}],
            "initializationOptions": {"editorInfo": names, "editorPluginInfo": names},
        })
        self.version = (told or {}).get("serverInfo", {}).get("version")
        self.server.tell("initialized", {})
        self.server.tell("workspace/didChangeConfiguration", {
            "settings": {"telemetry": {"telemetryLevel": "off"}},
        })

    def settings(self):
        """Says at the start of a run whether somebody is signed in."""
        status = (self.server.ask("checkStatus", {}) or {}).get("status")
        if status not in ("OK", "AlreadySignedIn", "MaybeOK"):
            raise Refused(f"the language server says '{status}': sign in with an editor first", 401)
        return {"models": ["copilot"]}

    def texts(self, ask):
        """The one suggestion behind the end of a text."""
        if ask.get("n", 1) != 1:
            raise Refused("one suggestion per ask: use '--dialect command,scores=off,n=1'", 400)
        self.settings()
        self.files += 1
        uri = f"{self.root}/ask{self.files}.txt"
        text = ask["text"]
        lines = text.split("\n")
        # LSP counts a line's place in units of UTF-16.
        place = {"line": len(lines) - 1, "character": len(lines[-1].encode("utf-16-le")) // 2}
        self.server.tell("textDocument/didOpen", {
            "textDocument": {"uri": uri, "languageId": "plaintext", "version": 1, "text": text},
        })
        self.server.tell("textDocument/didFocus", {"textDocument": {"uri": uri}})
        try:
            found = self.server.ask("textDocument/inlineCompletion", {
                "textDocument": {"uri": uri, "version": 1}, "position": place,
                "context": {"triggerKind": 2},
                "formattingOptions": {"tabSize": 4, "insertSpaces": True},
            })
        finally:
            self.server.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        items = found.get("items", []) if isinstance(found, dict) else found or []
        # No suggestion is an empty text: the model had nothing to say, or the server showed nothing.
        written = self.behind(items[0], place, lines[-1]) if items else ""
        end = "citation" if uri in self.server.cited else "stop"
        return {
            "texts": [{"text": written, "finish_reason": end}],
            "model": f"copilot-language-server {self.version}",
        }

    @staticmethod
    def behind(item, place, line):
        """The text of a suggestion without what it repeats of the line before the place."""
        text = item.get("insertText", "")
        text = text if isinstance(text, str) else text.get("value", "")
        start = (item.get("range") or {}).get("start", place)
        if start.get("line") != place["line"]:
            return text
        units = line.encode("utf-16-le")[2 * start.get("character", 0):].decode("utf-16-le", "replace")
        return text[len(units):] if text.startswith(units) else text

    def answer(self, ask):
        try:
            if ask["wanted"] == "settings":
                return self.settings()
            if ask["wanted"] == "texts":
                return self.texts(ask)
            return {"error": {"message": "no log-probabilities: use 'scores=off'", "status": 400}}
        except Refused as error:
            return {"error": {"message": str(error), "status": error.status}}


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: copilot.py LANGUAGE-SERVER [ARGUMENTS]")
    with tempfile.TemporaryDirectory(prefix="coalmine-empty-") as workspace:
        try:
            editor = Editor(sys.argv[1:], workspace)
        except (OSError, Refused) as error:
            sys.exit(f"the language server cannot be used: {error}")
        try:
            for line in sys.stdin.buffer:
                ask = json.loads(line)
                print(json.dumps({"id": ask["id"], **editor.answer(ask)}), flush=True)
        finally:
            editor.server.process.terminate()
            editor.server.process.wait()


if __name__ == "__main__":
    main()
