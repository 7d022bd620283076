# SPDX-License-Identifier: Apache-2.0
"""Proves disclosed canaries under a commitment, without coalmine.

python3 verify.py COMMITMENT.json DISCLOSURE.json [--sha256 DIGEST]

COMMITMENT.json is what `coalmine commit` wrote before training and a third party kept, or whose
SHA-256 they kept (--sha256). DISCLOSURE.json is what `coalmine disclose` wrote. Printed are the
disclosed canaries with their parts in the study, without the secrets. It ends with 1 where
something does not agree. Only the standard library of Python 3.9 or later is needed.

The rules, so that nobody needs to trust this file either: a leaf is SHA-256(00 || text), a node
SHA-256(01 || left || right), as in RFC 6962; a node without a neighbour goes up as it is; the root
and the number of leaves stand in the commitment; every leaf names the commitment's study.
"""

import argparse
import hashlib
import json
import sys


class Refused(Exception):
    """What is wrong, as a sentence."""


def sha256(data):
    return hashlib.sha256(data).digest()


def once(pairs):
    """An object whose keys stand in it once: else two readers could read two things."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Refused(f"a key is there twice: {ascii(next(k for k in keys if keys.count(k) > 1))}")
    return dict(pairs)


def read(path, schema):
    """A file's bytes and what they say."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=once)
    except ValueError as error:
        raise Refused(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise Refused(f"{path} has not the schema {schema}")
    return data, document


def root_of(text, place, count, proof):
    """The root that a leaf's text leads to, or None where the proof has another length."""
    if not 0 <= place < count:
        return None
    digest, last, rest = sha256(b"\x00" + text), count - 1, list(proof)
    while last > 0:
        if place % 2 == 1 or place < last:
            if not rest:
                return None
            beside = rest.pop(0)
            pair = beside + digest if place % 2 == 1 else digest + beside
            digest = sha256(b"\x01" + pair)
        place, last = place // 2, last // 2
    return None if rest else digest


def fields(text):
    """The lines of a leaf: its first line, and a value per name."""
    lines = text.decode("ascii").split("\n")
    if lines[-1] != "":
        raise Refused("a leaf does not end with a line break")
    return lines[0], once([line.partition(" ")[::2] for line in lines[1:-1]])


def whole(document, name):
    """A whole number of the document, at least 0."""
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(f"'{name}' is no number of leaves")
    return value


def verified(commitment_path, disclosure_path, digest=None):
    """The disclosed leaves as (place, first line, fields); raises Refused."""
    data, commitment = read(commitment_path, "coalmine-commitment-1")
    _, disclosure = read(disclosure_path, "coalmine-disclosure-1")
    found = hashlib.sha256(data).hexdigest()
    if digest is not None and found != digest:
        raise Refused(f"the commitment's SHA-256 is {found}, and {digest} was kept")
    if disclosure.get("commitment_sha256") != found:
        raise Refused("the disclosure was made for another commitment")
    count = whole(commitment, "canaries") + whole(commitment, "in_context_controls")
    leaves, places, names = [], set(), set()
    for leaf in disclosure["leaves"]:
        place, text = whole(leaf, "place"), leaf["text"].encode()
        if place in places:
            raise Refused(f"leaf {place} is there twice")
        places.add(place)
        proof = [bytes.fromhex(one) for one in leaf["proof"]]
        if any(len(one) != 32 for one in proof):
            raise Refused(f"the proof of leaf {place} holds something that is no SHA-256")
        root = root_of(text, place, count, proof)
        if root is None or root.hex() != commitment["root"]:
            raise Refused(f"leaf {place} is not in the commitment")
        first, values = fields(text)
        if first not in ("coalmine canary 1", "coalmine in-context-control 1"):
            raise Refused(f"leaf {place} is neither a canary nor a control")
        if values.get("study") != commitment["study"]:
            raise Refused(f"leaf {place} is of another study")
        if "id" in values:
            if values["id"] in names:
                raise Refused(f"leaf {place} has the name of another leaf")
            names.add(values["id"])
        leaves.append((place, first, values))
    return leaves


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commitment")
    parser.add_argument("disclosure")
    parser.add_argument("--sha256", help="the digest of the commitment that was kept")
    options = parser.parse_args()
    try:
        leaves = verified(options.commitment, options.disclosure, options.sha256)
    except (Refused, OSError, KeyError, TypeError, ValueError) as problem:
        print(f"refused: {problem}", file=sys.stderr)
        return 1
    for place, first, values in leaves:
        if first == "coalmine canary 1":
            name = bytes.fromhex(values["id"]).decode()
            print(f"leaf {place}: canary {ascii(name)}, {ascii(values['role'])}, "
                  f"{ascii(values['repetitions'])} repetitions, randomized: "
                  f"{ascii(values['randomized'])}")
        else:
            print(f"leaf {place}: {first}")
    print(f"{len(leaves)} leaves proven")
    return 0


if __name__ == "__main__":
    sys.exit(main())
