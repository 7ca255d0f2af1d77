"""Where events lie in a bucket: one object for each batch and partition, in Hive's layout.

A key is `<prefix>/dt=2026-11-01/hour=12/20261101T120000.000Z-<hash>.jsonl.gz`, all in UTC: the
partition and the time are those of the start of a call, and the hash is that of the ids. Equal
events give an equal key and equal bytes, so that a batch sent again overwrites itself.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Literal

from attrs import field, frozen

from llmlog import Payload
from llmlog.schema import to_json

Granularity = Literal["hour", "day"]
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_PATTERNS: dict[Granularity, str] = {"hour": "dt=%Y-%m-%d/hour=%H", "day": "dt=%Y-%m-%d"}


@frozen(kw_only=True)
class Part:
    """The events of a batch that belong in one object."""

    partition: str
    events: tuple[Payload, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """Return the name of the object, without folder and ending."""
        first = _start(min(self.events, key=lambda payload: payload.timing.start_unix_ns))
        millisecond = first.microsecond // 1000
        ids = sha256("\n".join(payload.id for payload in self.events).encode())
        return f"{first:%Y%m%dT%H%M%S}.{millisecond:03d}Z-{ids.hexdigest()[:32]}"

    def key(self, prefix: str, *, packed: bool) -> str:
        """Return the whole key."""
        folders = (prefix.strip("/"), self.partition, self.name)
        return "/".join(filter(None, folders)) + (".jsonl.gz" if packed else ".jsonl")

    def body(self, *, packed: bool) -> bytes:
        """Return one line of JSON for each event."""
        lines = b"".join(to_json(payload) + b"\n" for payload in self.events)
        return gzip.compress(lines, compresslevel=6, mtime=0) if packed else lines


def parts(batch: Sequence[Payload], granularity: Granularity) -> Iterator[Part]:
    """Yield the parts of a batch, in the order of their first events."""
    found: dict[str, list[Payload]] = {}
    for payload in batch:
        found.setdefault(partition(payload, granularity), []).append(payload)
    for name, events in found.items():
        yield Part(partition=name, events=tuple(events))


def partition(payload: Payload, granularity: Granularity) -> str:
    """Return the folder of an event; raise `OverflowError` for a time that no calendar has."""
    return _start(payload).strftime(_PATTERNS[granularity])


def _start(payload: Payload) -> datetime:
    return _EPOCH + timedelta(microseconds=payload.timing.start_unix_ns // 1000)
