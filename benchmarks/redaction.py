"""What masking costs per byte, on typical texts and on texts made to be slow.

    python benchmarks/redaction.py            # with google-re2 if it is installed
    python benchmarks/redaction.py --plain    # without it

Each text has 256 KiB. The last line is the worst cost over the typical one.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import string
import sys
import time
from collections.abc import Callable, Iterator, Mapping

SIZE = 256 * 1024
ROUNDS = 3


def _filled(piece: str) -> str:
    return (piece * (SIZE // len(piece) + 1))[:SIZE]


def _generated(make: Callable[[random.Random], str]) -> str:
    chance, pieces, size = random.Random(7), [], 0
    while size < SIZE:
        pieces.append(make(chance))
        size += len(pieces[-1])
    return "".join(pieces)[:SIZE]


_PROSE = (
    "The customer writes that the parcel of 3 May has not come, and asks whether order 48213 can be"
    " sent again to the same address. She can be reached at zoe.miller@example.com or +44 20 7946"
    " 0958 in the afternoon. The last answer was: please wait until Friday, 12:30, then call. \n"
    "def total(items): return sum(item.price * item.count for item in items)  # see issue 1234\n"
)


def _record(chance: random.Random) -> str:
    return json.dumps({
        "id": f"{chance.getrandbits(128):032x}",
        "user": f"user{chance.randint(1, 999)}@example.com",
        "text": "It was a bright cold day in April, and the clocks were striking thirteen.",
        "score": chance.random(), "n": chance.randint(1, 10**6), "host": "10.0.0.7",
    }) + "\n"  # fmt: skip


def typical() -> Mapping[str, str]:
    """Return texts as applications send them."""
    return {"prose with addresses": _filled(_PROSE), "json lines": _generated(_record)}


def _random_text(alphabet: str) -> str:
    chance = random.Random(11)
    return "".join(chance.choices(alphabet, k=SIZE))


def adversarial() -> Mapping[str, str]:
    """Return texts that are slow for careless patterns and careless loops."""
    blob = base64.b64encode(random.Random(3).randbytes(SIZE)).decode()[:SIZE]
    return {
        "one letter": "a" * SIZE,
        "one digit": "4" * SIZE,
        "digits and spaces": _filled("4 "),
        "groups of four": _filled("4111 "),
        "groups and dashes": _filled("4111-1111-"),
        "at signs": _filled("a@"),
        "half addresses": _filled("a@b."),
        "addresses": _filled("a@b.co "),
        "dots": _filled("a."),
        "dots after at": "x@" + _filled("a."),
        "dashes": "-" * SIZE,
        "colons": _filled("1:"),
        "hexadecimal colons": _filled("fe80:"),
        "numbers and dots": _filled("1.2."),
        "addresses of machines": _filled("10.1.2.3 "),
        "pluses": _filled("+1 4"),
        "phones": _filled("+14155550132 "),
        "ibans": _filled("GB82 WEST 1234 5698 7654 33 "),
        "half ibans": _filled("GB82"),
        "beginnings of keys": _filled("sk-proj-"),
        "many beginnings": _filled("sk-ghp_AKIAxoxb-AIzaglpat-hf_gsk_npm_pypi-SG.eyJ"),
        "short keys": _filled("ghp_abcdefghijklmno "),
        "keys": _filled("ghp_a1B2a1B2a1B2a1B2a1B2 "),
        "beginnings of tokens": _filled("eyJ"),
        "halves of tokens": _filled("eyJabcdefgh.abc"),
        "beginnings of private keys": _filled("-----BEGIN "),
        "private key": "-----BEGIN PRIVATE KEY-----" + _filled("-ab-"),
        "passwords": _filled("password="),
        "assignments": _filled("token: a "),
        "schemes": _filled("basic "),
        "places": _filled("://"),
        "users in places": _filled("://a:b"),
        "slashes": "/" * SIZE,
        "open brackets": "[" * SIZE,
        "nested objects": _filled('{"a":'),
        "quotes": '"' * SIZE,
        "backslashes": "\\" * SIZE,
        "escapes": _filled("\\u0061"),
        "percent": _filled("%61"),
        "percent of percent": _filled("%25"),
        "entities": _filled("&#97;"),
        "ampersands": "&" * SIZE,
        "base64": blob,
        "short base64": _filled("abcdefghijklmnopqrstuvwx "),
        "base64 lines": "\n".join(blob[at : at + 76] for at in range(0, SIZE, 77)),
        "hexadecimal": _filled("0123456789abcdef"),
        "zero width": _filled("a\u200b"),
        "full width": _filled("\uff41"),
        "growing characters": _filled("\ufdfa"),
        "accents": _filled("e\u0301"),
        "controls": _filled("a\x00"),
        "terminal": _filled("\x1b[31ma"),
        "emoji": _filled("\U0001f511"),
        "random letters": _random_text(string.ascii_letters),
        "random digits": _random_text(string.digits + " -."),
        "random printable": _random_text(string.printable),
    }


def measured(texts: Mapping[str, str], kinds: frozenset[str]) -> Iterator[tuple[str, float, str]]:
    """Yield the name, the nanoseconds per byte and what became of each text."""
    from llmlog.redaction.budget import Bounds, Budget
    from llmlog.redaction.masking import Masking, Masks

    for name, text in texts.items():
        best, outcome, size = float("inf"), "", len(text.encode())
        for _ in range(ROUNDS):
            masking = Masking(Masks(kinds=kinds), Budget(Bounds(seconds=60.0)))
            began = time.thread_time()
            masking.text(text)
            best = min(best, (time.thread_time() - began) / size * 1e9)
            outcome = ", ".join(f"{rule} {count}" for rule, count in masking.counts.most_common(2))
        yield name, best, outcome


def main() -> None:
    """Print a table and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plain", action="store_true", help="do as if google-re2 were not there")
    if parser.parse_args().plain:
        sys.modules["re2"] = None  # type: ignore[assignment]
    from llmlog.redaction import KINDS

    kinds = frozenset(KINDS)
    usual = list(measured(typical(), kinds))
    odd = sorted(measured(adversarial(), kinds), key=lambda row: row[1])
    for name, cost, outcome in (*usual, *odd):
        sys.stdout.write(f"{name:28} {cost:8.1f} ns/byte  {outcome}\n")
    reference = sum(cost for _, cost, _ in usual) / len(usual)
    sys.stdout.write(f"worst over typical: {odd[-1][1] / reference:.1f} ({odd[-1][0]})\n")


if __name__ == "__main__":
    main()
