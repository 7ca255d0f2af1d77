"""The chain: lines of JSON, each with the hash of the line before it and its own.

    {"number": 7, "at_unix_ns": ..., "previous": "<hash of 6>", "record": {...}, "hash": "..."}

The hash is SHA-256 of the line without it, or HMAC-SHA-256 under a key: without the key nobody can
write a line that fits. `note` instead of `record` says what happened to the log itself.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from llmlog.encoding import dumps, loads
from llmlog.secret import Secret

FIRST = "0" * 64
PATTERN = "audit-*.jsonl"


@frozen(kw_only=True)
class Link:
    """A line as it was read: its number, time, hash, the hash before, and a note if it is one."""

    number: int
    at_unix_ns: int
    previous: str
    hash: str
    note: Mapping[str, Any] | None = None


@frozen(kw_only=True)
class Break:
    """Where a chain is broken first, and how."""

    path: Path
    line: int
    reason: str


def sealed(values: Mapping[str, Any], key: Secret | None) -> tuple[bytes, str]:
    """Return a line with its hash at the end, and the hash."""
    bare = dumps(dict(values))
    seal = seal_of(bare, key)
    return bare[:-1] + b',"hash":"' + seal.encode() + b'"}\n', seal


def seal_of(bare: bytes, key: Secret | None) -> str:
    """Return the hash of a line without its hash."""
    if key is None:
        return hashlib.sha256(bare).hexdigest()
    return hmac.new(key.reveal().encode(), bare, "sha256").hexdigest()


def read_link(line: bytes, key: Secret | None) -> Link:
    """Read a line; raise `ValueError` for one that is not as it was written."""
    bare, mark, rest = line.rpartition(b',"hash":"')
    if not mark or len(rest) != len(FIRST) + 2 or not rest.endswith(b'"}'):
        raise ValueError("it is no sealed line")
    seal = seal_of(bare + b"}", key)
    if not hmac.compare_digest(seal, rest[:-2].decode("ascii", "replace")):
        raise ValueError("it was changed, or sealed with another key")
    value: Any = loads(bare + b"}")
    return Link(number=value["number"], at_unix_ns=value["at_unix_ns"],
                previous=value["previous"], hash=seal, note=value.get("note"))  # fmt: skip


def files(folder: Path) -> list[Path]:
    """Return the files of a log, the oldest first."""
    return sorted(folder.glob(PATTERN))


def verify(
    folder: Path, key: Secret | None, expected: tuple[int, str] | None = None
) -> Link | Break | None:
    """Return the last link of a chain without a break, or the first break; None for no link.

    `expected` is a number and hash that were seen earlier and must be there still: that is how a
    chain is found out that ends too early.
    """
    last: Link | None = None
    missing, removed = expected, _removed(folder, key)
    for path, number, line in _lines(folder):
        try:
            link = read_link(line, key)
            _check_place(link, last, removed)
        except ValueError as problem:
            return Break(path=path, line=number, reason=str(problem))
        if missing and (link.number, link.hash) == missing:
            missing = None
        last = link
    if missing and not (removed and missing[0] <= removed[0]):
        return Break(path=folder, line=0, reason=f"record {missing[0]} with that hash is not there")
    return last


def _check_place(link: Link, last: Link | None, removed: tuple[int, str] | None) -> None:
    """Raise `ValueError` if a link does not follow the last one, or begins without a reason."""
    if last is not None:
        before = (last.number, last.hash)
    elif removed is not None and link.number <= removed[0]:
        return  # it may be removed at any moment
    else:
        before = removed or (0, FIRST)
    if (link.number - 1, link.previous) != before:
        raise ValueError(f"record {link.number} does not follow record {before[0]}")


def _removed(folder: Path, key: Secret | None) -> tuple[int, str] | None:
    """Return the last link that retention removed, as the log itself has noted; None for none."""
    found: tuple[int, str] | None = None
    for _, _, line in _lines(folder):
        if b'"removed_to"' in line:
            try:
                note = read_link(line, key).note or {}
            except ValueError:
                continue
            found = (note["removed_to"], note["removed_hash"]) if "removed_to" in note else found
    return found


def _lines(folder: Path) -> Iterator[tuple[Path, int, bytes]]:
    for path in files(folder):
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield path, number, line.rstrip(b"\n")
