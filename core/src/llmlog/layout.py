"""Where events lie in a store of objects: one object for each batch or part, in Hive's layout.

A name is `<prefix>/dt=2026-11-01/hour=12/20261101T120000.000Z-<hash>.jsonl.gz`, all in UTC: folder
and time are those of the earliest start in the batch, and the hash is that of the ids. Equal events
give an equal name, so that a batch that is sent again is recognized.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping, Sequence
from hashlib import sha256

from llmlog.instant import utc
from llmlog.payload import Payload
from llmlog.schema import to_json

HOURLY = "dt=%Y-%m-%d/hour=%H"
DAILY = "dt=%Y-%m-%d"


def batch_id(batch: Sequence[Payload]) -> str:
    """Return 32 hexadecimal digits that are equal for equal events in equal order."""
    return sha256("\n".join(payload.id for payload in batch).encode()).hexdigest()[:32]


def name(batch: Sequence[Payload], prefix: str, *, packed: bool, pattern: str = HOURLY) -> str:
    """Return the whole name of a batch's object."""
    first = min(batch, key=lambda payload: payload.timing.start_unix_ns)
    start = utc(first.timing.start_unix_ns)
    file = f"{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03}Z-{batch_id(batch)}"
    whole = "/".join(filter(None, (prefix.strip("/"), folder(first, pattern), file)))
    return whole + (".jsonl.gz" if packed else ".jsonl")


def folder(payload: Payload, pattern: str = HOURLY) -> str:
    """Return the folder of an event; raise `OverflowError` for a time that no calendar has."""
    return utc(payload.timing.start_unix_ns).strftime(pattern)


def parts(batch: Sequence[Payload], pattern: str = HOURLY) -> Mapping[str, Sequence[Payload]]:
    """Return the events of each folder, in the order of their first ones."""
    found: dict[str, list[Payload]] = {}
    for payload in batch:
        found.setdefault(folder(payload, pattern), []).append(payload)
    return found


def body(batch: Sequence[Payload], *, packed: bool) -> bytes:
    """Return one line of JSON for each event; equal bytes for equal events."""
    lines = b"".join(to_json(payload) + b"\n" for payload in batch)
    return gzip.compress(lines, compresslevel=6, mtime=0) if packed else lines


def content_type(*, packed: bool) -> str:
    """Return the type of a body, which agrees with the ending of its name."""
    return "application/gzip" if packed else "application/x-ndjson"


def medium(name: str, prefix: str) -> str:
    """Return the whole name of an image, a sound or a file."""
    return "/".join(filter(None, (prefix.strip("/"), "media", name)))


def medium_type(name: str) -> str:
    """Return the type of a medium, by the ending of its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
