#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of a page in an empty folder, and compares what they print with the page.

python3 Tests/Fixtures/pages/run.py PAGE [--program COALMINE] [--transcript]

A fenced block is run if the last line before it that is not empty is `<!-- run -->`, or
`<!-- run: N -->` where its last command ends with N. A block below `<!-- once -->` needs something that
is not everywhere, such as a model of your own, and is left out. A `text` block right behind a block that
is run holds lines of its output in their order; a line `…` stands for lines that are left out, and ` …` at
the end of a line for the rest of it.

`coalmine serve … --port N` runs beside the others until the page ends, on a free port that is put in
place of N. `coalmine seed` gets `--seed 5`, so that its secrets, and with them every number, are the same
each time; a reader of the page has others. `$CLONE` is this repository. Ends with 1 if an exit code or a
line differs. With --transcript it prints all output as well.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

repository = pathlib.Path(__file__).resolve().parents[3]


def blocks(text):
    """The fenced blocks: the marker before each, its language, and its lines."""
    found, marker, lines = [], "", None
    for line in text.splitlines():
        if line.startswith("```"):
            if lines is None:
                language, lines = line[3:], []
            else:
                found.append((marker, language, lines))
                marker, lines = "", None
        elif lines is not None:
            lines.append(line)
        elif line.strip():
            marker = line.strip()
    return found


def commands(lines):
    """Each coalmine command by itself; everything between two of them together, for the shell."""
    kept = []
    for line in lines:
        if line.startswith("coalmine "):
            yield from ["\n".join(kept)] if kept else []
            kept = []
            yield line
        else:
            kept.append(line)
    if any(line.strip() for line in kept):
        yield "\n".join(kept)


class Reader:
    """Somebody who reads the page and does what it says."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.ports, self.servers = {}, []
        self.environment = {**os.environ, "CLONE": str(repository)}
        for name in ["COALMINE_API_KEY", "COALMINE_HEADERS"]:
            self.environment.pop(name, None)

    def does(self, command):
        """What a command prints, and how it ends."""
        for stated, port in self.ports.items():
            command = command.replace(f"127.0.0.1:{stated}", f"127.0.0.1:{port}")
        if not command.startswith("coalmine "):
            return self.ended(["bash", "-euo", "pipefail", "-c", command])
        words = command.split()[1:]
        if words[0] == "serve":
            return self.serves(words)
        if words[0] == "seed" and "--seed" not in words:
            words += ["--seed", "5"]
        return self.ended([self.program, *words])

    def ended(self, words):
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return done.stdout, done.returncode

    def serves(self, words):
        place = words.index("--port") + 1
        stated, words[place] = words[place], "0"
        server = subprocess.Popen(
            [self.program, *words], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.servers.append(server)
        address = server.stdout.readline().strip()
        if not address:
            return "the server did not start\n", server.wait()
        self.ports[stated] = address.rsplit(":", 1)[1]
        return address.replace(self.ports[stated], stated) + "\n", 0

    def leaves(self):
        for server in self.servers:
            server.kill()
            server.wait()


def missing(expected, printed):
    """The lines that are not in the output in this order."""
    lines = iter(line.rstrip() for line in printed.splitlines())

    def stands(line):
        if line.endswith(" …"):
            return any(other.startswith(line.removesuffix(" …")) for other in lines)
        return line in lines

    wanted = [line.rstrip() for line in expected if line.strip() not in ("", "…")]
    return [line for line in wanted if not stands(line)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--program", default=repository / ".build/release/coalmine")
    parser.add_argument("--transcript", action="store_true")
    options = parser.parse_args()
    wrong = run = 0
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(str(pathlib.Path(options.program).resolve()), folder)
        printed = None
        try:
            for marker, language, lines in blocks(options.page.read_text()):
                if language == "text" and printed is not None:
                    for line in missing(lines, printed):
                        wrong += 1
                        print(f"{options.page}: not printed: {line}")
                marked = re.fullmatch(r"<!-- run(?:: (\d+))? -->", marker)
                printed = "" if marked else None
                if not marked:
                    continue
                wanted = int(marked[1] or 0)
                everything = list(commands(lines))
                for number, command in enumerate(everything, 1):
                    run += 1
                    began = time.monotonic()
                    output, code = reader.does(command)
                    printed += output
                    if options.transcript:
                        print(f"$ {command}\n{output}"
                              f"[{code}, {time.monotonic() - began:.1f} s]", flush=True)
                    if code != (wanted if number == len(everything) else 0):
                        wrong += 1
                        print(f"{options.page}: ends with {code}: {command}\n{output}")
        finally:
            reader.leaves()
    print(f"{options.page}: {run} commands, {wrong} differences")
    return 1 if wrong or not run else 0


if __name__ == "__main__":
    sys.exit(main())
