# SPDX-License-Identifier: Apache-2.0
"""The program itself."""

import dataclasses
import json
import os
import pathlib
import re
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
    """A verb that did not do what it was asked.

    - code: the exit code.
    - slug: the error's short name, such as `ledger-missing`, which `explain` takes; None where there is none.
    - notes: what the verb said. The words never hold a key or a planted secret.

    Each exit code has a class of its own, so that a program can catch what it can mend: see `ERRORS`.
    """

    def __init__(self, code, notes):
        super().__init__(notes.strip() or f"exit code {code}")
        self.code = code
        self.notes = notes
        found = re.search(r"^error: .*\[([a-z0-9-]+)\]$", notes, re.MULTILINE)
        self.slug = found.group(1) if found else None


class NotVerified(CoalmineError):
    """Something differs from what the study says (5)."""


class UsageError(CoalmineError):
    """The options are wrong (64)."""


class BadInput(CoalmineError):
    """An input cannot be used (65)."""


class MissingInput(CoalmineError):
    """An input is not there (66)."""


class EndpointUnavailable(CoalmineError):
    """The endpoint cannot be reached, or cannot do what is needed (69)."""


class OutputRefused(CoalmineError):
    """An output cannot be made, or its name is taken (73)."""


class DiskError(CoalmineError):
    """Reading or writing failed, or the disk is full (74)."""


class LedgerBusy(CoalmineError):
    """Another process holds the ledger (75)."""


class CredentialsError(CoalmineError):
    """A key is missing, open to others, or refused (77)."""


class ConfigurationError(CoalmineError):
    """A protocol, a kind or another file of settings is wrong (78)."""


# The class of each exit code that is an error of its own kind; all others are `CoalmineError`.
ERRORS = {
    5: NotVerified, 64: UsageError, 65: BadInput, 66: MissingInput, 69: EndpointUnavailable,
    73: OutputRefused, 74: DiskError, 75: LedgerBusy, 77: CredentialsError, 78: ConfigurationError,
}


def error(code, notes):
    """The error for an exit code and what the program said."""
    return ERRORS.get(code, CoalmineError)(code, notes)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a verb printed, and its exit code."""

    code: int
    text: str
    notes: str

    def json(self):
        """What a verb printed with --json."""
        return json.loads(self.text)

    def lines(self):
        """What a verb printed as one JSON object per line, such as `scan`."""
        return [json.loads(line) for line in self.text.split("\n") if line]


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


def options(named):
    """The words of the command line for options by name.

    `hold_out=20` is `--hold-out 20`, `force=True` is `--force`, a list gives the option once per value, and
    None and False give nothing. A name that Python keeps for itself has `_` behind it: `as_="base"`.
    """
    words = []
    for name, value in named.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            for each in value if isinstance(value, (list, tuple)) else [value]:
                # The sign of equality keeps a value that begins with '-' from being an option.
                words.append(f"{option}={each}")
    return words


def run(*arguments, accept=(0,), input=None):
    """Runs a verb and waits for it.

    - arguments: the verb and its options, each a word of its own.
    - accept: exit codes that are no error. `score` and `report` end with a verdict (0, 1, 3 or 4):
      accept these to look at it.
    - Raises CoalmineError, or the class that `ERRORS` has, for any other code.
    """
    done = subprocess.run(
        [program(), *map(os.fspath, arguments)], capture_output=True, text=True, encoding="utf-8",
        errors="surrogateescape", input=input, env=environment())
    if done.returncode not in accept:
        raise error(done.returncode, done.stderr)
    return Outcome(done.returncode, done.stdout, done.stderr)


def main():
    """The command `coalmine`: this process becomes the program."""
    path = program()
    try:
        os.execve(path, [path, *sys.argv[1:]], environment())
    except OSError as problem:
        sys.exit(f"coalmine: {path} cannot be run: {problem.strerror}")
