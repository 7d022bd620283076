# SPDX-License-Identifier: Apache-2.0
"""The program itself."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

# Where distributions keep the certificates of authorities; the program's own default is the first.
_AUTHORITIES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
]

# Exit codes that are verdicts.
VERDICTS = {0: "pass", 1: "leak", 3: "incomplete", 4: "inconclusive"}


class CoalmineError(Exception):
    """A verb that did not do what it was asked: its exit code and what it said.

    The words never hold a key or a planted secret.
    """

    def __init__(self, code, notes):
        super().__init__(notes.strip() or f"exit code {code}")
        self.code = code
        self.notes = notes


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a verb printed, and its exit code."""

    code: int
    text: str
    notes: str

    def json(self):
        """What a verb printed with --json."""
        return json.loads(self.text)


def program():
    """The path of the program: that of COALMINE, else the one of this package."""
    return os.environ.get("COALMINE") or str(pathlib.Path(__file__).parent / "bin" / "coalmine")


def environment():
    """The environment, with the certificates of this distribution where none are named."""
    variables = dict(os.environ)
    if "SSL_CERT_FILE" not in variables and not os.path.exists(_AUTHORITIES[0]):
        for path in _AUTHORITIES[1:]:
            if os.path.exists(path):
                variables["SSL_CERT_FILE"] = path
                break
    return variables


def run(*arguments, accept=(0,), input=None):
    """Runs a verb and waits for it.

    - arguments: the verb and its options, each a word of its own.
    - accept: exit codes that are no error. `score` and `report` end with a verdict (0, 1, 3 or 4):
      accept these to look at it.
    - Raises CoalmineError for any other code.
    """
    done = subprocess.run(
        [program(), *map(os.fspath, arguments)], capture_output=True, text=True, input=input,
        env=environment())
    if done.returncode not in accept:
        raise CoalmineError(done.returncode, done.stderr)
    return Outcome(done.returncode, done.stdout, done.stderr)


def main():
    """The command `coalmine`: this process becomes the program."""
    path = program()
    try:
        os.execve(path, [path, *sys.argv[1:]], environment())
    except OSError as problem:
        sys.exit(f"coalmine: {path} cannot be run: {problem.strerror}")
