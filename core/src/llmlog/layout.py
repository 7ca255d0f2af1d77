"""Where events lie in a store of objects: one object for each batch or part, in Hive's layout.

A name is `<prefix>/dt=2026-11-01/hour=12/20261101T120000.000Z-<hash>.jsonl.gz`, all in UTC: folder
and time are those of the earliest start in the batch, and the hash is that of the ids. Equal events
give an equal name, so that a batch that is sent again is recognized.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Literal

from attrs import frozen

from llmlog.instant import utc
from llmlog.payload import Payload
from llmlog.schema import to_json

Partition = Literal["hour", "day"]
_FOLDERS: Mapping[Partition, str] = {"hour": "dt=%Y-%m-%d/hour=%H", "day": "dt=%Y-%m-%d"}


@frozen
class File:
    """What a store of objects is to keep: the whole name, the bytes and their media type."""

    name: str
    content: bytes
    type: str


@frozen(eq=False)
class MediaStore:
    """Media under a prefix, named by their content, so that equal ones are there once.

    `put_file` keeps a file and returns its address; `close` lets go of connections.
    """

    put_file: Callable[[File], str]
    prefix: str
    close: Callable[[], None]

    def put(self, content: bytes, name: str) -> str:
        """Store an image, a sound or a file; return its address."""
        whole = _joined(self.prefix, "media", name)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return self.put_file(File(whole, content, kind))


def batch_id(batch: Sequence[Payload]) -> str:
    """Return 32 hexadecimal digits that are equal for equal events in equal order."""
    return sha256("\n".join(payload.id for payload in batch).encode()).hexdigest()[:32]


def file_of(
    batch: Sequence[Payload], prefix: str, *, packed: bool, partition: Partition = "hour"
) -> File:
    """Return one line of JSON for each event, in the folder of the earliest.

    `packed` compresses the lines, which shows in the name and the type.
    """
    first = min(batch, key=lambda payload: payload.timing.start_unix_ns)
    start = utc(first.timing.start_unix_ns)
    name = f"{start:%Y%m%dT%H%M%S}.{start.microsecond // 1000:03}Z-{batch_id(batch)}.jsonl"
    whole = _joined(prefix, folder(first, partition), name)
    lines = b"".join(to_json(payload) + b"\n" for payload in batch)
    if not packed:
        return File(whole, lines, "application/x-ndjson")
    return File(f"{whole}.gz", gzip.compress(lines, compresslevel=6, mtime=0), "application/gzip")


def folder(payload: Payload, partition: Partition = "hour") -> str:
    """Return the folder of an event; raise `OverflowError` for a time that no calendar has."""
    return utc(payload.timing.start_unix_ns).strftime(_FOLDERS[partition])


def _joined(prefix: str, *names: str) -> str:
    return "/".join(filter(None, (prefix.strip("/"), *names)))
