"""Times of a record as backends want them: `datetime` values and ISO texts, in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Literal

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def utc(unix_ns: int) -> datetime:
    """Return a time, exact to a microsecond; raise `OverflowError` for one no calendar has."""
    return _EPOCH + timedelta(microseconds=unix_ns // 1000)


def iso(
    unix_ns: int, timespec: Literal["seconds", "milliseconds", "microseconds"] = "microseconds"
) -> str:
    """Return a time as ISO 8601 has it, such as `2026-11-01T12:00:00.000000Z`."""
    return utc(unix_ns).isoformat(timespec=timespec).replace("+00:00", "Z")
