"""Ways to break a file, each a function of a random source and the bytes before."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Mutation = Callable[[random.Random, bytes], bytes]

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b"\xe2\x80\xae",
    b"\xc2\x85",
    b"\r",
    b"\t",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-0.0",
    b"9" * 25,
    b"9" * 4500,
    b"0x" + b"f" * 6000,
    b"1:59:59",
    b"2001-02-30",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b'""',
    b"*a",
    b"&a ",
    b"<<: ",
    b"!!python/object/apply:os.system [x]",
    b"!!binary x",
    b"%YAML 9.9\n---\n",
    b"---\n",
    b"? ",
    b"|\n",
    b"<table>",
    b"</td>",
    b"<td rowspan=999999999 colspan=999999999>",
    b"<!--",
    b"<![CDATA[",
    b"<?x",
    b"&#1114112;",
    b".. list-table::\n",
    b".. include:: /etc/passwd\n",
    b".. raw:: html\n   :file: /etc/passwd\n",
    b"|---|\n",
    b"```\n",
    b"../../../../etc/passwd",
    b"=cmd()",
)
"""Pieces that readers have stumbled over, here or elsewhere."""

HOSTILE: Sequence[Any] = (
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**53,
    -(2**63),
    2**64,
    10**300,
    1e308,
    -1e308,
    5e-324,
    1e-300,
    -0.0,
    "",
    " ",
    "\0",
    "a\nb",
    "\u202e\u2066",
    "\ufeff",
    "../../x",
    "/etc/passwd",
    "<script>",
    "ok",
    "failed",
    "%",
    "ms",
    "a" * 5000,
    "\U0010ffff",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-01-01T00:00:00Z",
    [],
    {},
    [[]],
    {"": 1},
    "AAAAAA==",
    "AACAfw==",
    "AADAfw==",
)
"""Values to put anywhere; the last are packed floats: 0, infinity, not a number."""


def flip(rng: random.Random, data: bytes) -> bytes:
    """Flip some bits."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if found:
            found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def cut(rng: random.Random, data: bytes) -> bytes:
    """End the file early."""
    return data[: rng.randrange(len(data) + 1)]


def drop(rng: random.Random, data: bytes) -> bytes:
    """Take a piece out."""
    start, end = _piece(rng, data)
    return data[:start] + data[end:]


def repeat(rng: random.Random, data: bytes) -> bytes:
    """Put a piece in again, once or many times."""
    start, end = _piece(rng, data)
    times = rng.choice((1, 1, 2, 50))
    return data[:end] + data[start:end][:2000] * times + data[end:]


def splice(rng: random.Random, data: bytes) -> bytes:
    """Put a piece in somewhere else."""
    start, end = _piece(rng, data)
    place = rng.randrange(len(data) + 1)
    return data[:place] + data[start:end] + data[place:]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Put in what readers have stumbled over."""
    for _ in range(rng.choice((1, 1, 3))):
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.choice(INTERESTING) + data[place:]
    return data


def swap_lines(rng: random.Random, data: bytes) -> bytes:
    """Exchange, indent or repeat lines."""
    lines = data.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = rng.choice(
        ((lines[other], lines[one]), (b"  " + lines[one], lines[other]), (lines[other],) * 2)
    )
    return b"\n".join(lines)


def nest(rng: random.Random, data: bytes) -> bytes:
    """Put in endless brackets, lists, quotes or tags."""
    opening = rng.choice((b"[", b'{"a":', b"- ", b"> ", b"<b>", b"<table><tr><td>", b"(", b"*"))
    place = rng.randrange(len(data) + 1)
    return data[:place] + opening * rng.choice((30, 500, 5000)) + data[place:]


def recode(rng: random.Random, data: bytes) -> bytes:
    """Save it in another encoding, or with a byte order mark."""
    text = data.decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-32", "latin-1", "cp037", "utf-7", "utf-8-sig"))
    return text.encode(encoding, "replace")


def number(rng: random.Random, data: bytes) -> bytes:
    """Put another number in the place of one."""
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return data
    place = rng.choice(digits)
    end = place
    while end < len(data) and data[end : end + 1] in (*b"0123456789.",):
        end += 1
    other = rng.choice((b"-1", b"0", b"1e308", b"-1e308", b"1e-320", b"9" * 20, b"9" * 400, b"NaN"))
    return data[:place] + other + data[end + 1 :]


def structure(rng: random.Random, data: bytes) -> bytes:
    """Change JSON as JSON: another value, a key less or more, parts exchanged."""
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return insert(rng, data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        _change(rng, root)
    text = json.dumps(root, ensure_ascii=rng.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


TEXTS = tuple(each for each in HOSTILE if isinstance(each, str))
NUMBERS = tuple(each for each in HOSTILE if type(each) in (int, float))


def leaves(rng: random.Random, data: bytes) -> bytes:
    """Put other texts and numbers in the place of texts and numbers: much of it is valid."""
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return number(rng, data)
    found = list(_leaves(root))
    for _ in range(rng.choice((1, 1, 3, 10))):
        if found:
            node, key = rng.choice(found)
            node[key] = rng.choice(TEXTS if isinstance(node[key], str) else NUMBERS)
    return json.dumps(root).encode()


def _leaves(root: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    """Yield containers with the key of each text or number in them."""
    open_ = [root]
    while open_:
        node = open_.pop()
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(child, dict | list):
                open_.append(child)
            elif type(child) in (str, int, float):
                yield node, key


def again(rng: random.Random, data: bytes) -> bytes:
    """Give a key of a JSON object twice."""
    places = [place for place in range(len(data) - 1) if data[place : place + 1] == b"{"]
    if not places:
        return repeat(rng, data)
    place = rng.choice(places) + 1
    key = data[place:].lstrip()[:60].partition(b":")[0]
    return data[:place] + key + b": 1, " + data[place:]


MUTATIONS: tuple[Mutation, ...] = (
    flip,
    cut,
    drop,
    repeat,
    splice,
    insert,
    swap_lines,
    nest,
    recode,
    number,
    structure,
    structure,
    leaves,
    again,
)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Break a file in one to three ways."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(MUTATIONS)(rng, data)
    return data


def _piece(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 8, 40, 400, 4000)))


def _change(rng: random.Random, root: Any) -> None:  # noqa: ANN401 - any JSON
    """Change one place, chosen by walking down at random."""
    node = root
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = rng.choice(keys)
        child = node[key]
        if isinstance(child, dict | list) and child and rng.random() < 0.9:
            node = child
            continue
        break
    other = rng.choice(keys)
    match rng.randrange(6):
        case 0:
            del node[key]
        case 1:
            node[key], node[other] = node[other], node[key]
        case 2 if isinstance(node, dict):
            node[str(rng.choice(HOSTILE))[:200]] = child
        case 3 if isinstance(node, list):
            node.append(child)
        case _:
            node[key] = rng.choice(HOSTILE)
