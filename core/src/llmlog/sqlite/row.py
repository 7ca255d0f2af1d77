"""A call as a row of the file: the columns of any table of calls, and a few more."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from llmlog.encoding import dumps_text
from llmlog.payload import Payload
from llmlog.row import columns


def text_of(time: datetime) -> str:
    """Return a time as SQLite's own functions write and read it: UTC, with milliseconds."""
    utc = time.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


def row(payload: Payload) -> dict[str, Any]:
    """Return the columns of a call. Durations are milliseconds; what is not known is None."""
    made, error = columns(payload), payload.error
    return {
        **made,
        "started_at": text_of(made["started_at"]),
        "request_model": payload.request_model,
        "total_tokens": payload.tokens.total_tokens,
        "stream": payload.stream,
        "cache_hit": payload.cache_hit,
        "attempts": len(payload.attempts) or None,
        "error_status_code": error and error.status_code,
        "tags": dumps_text(made["tags"]),
        "payload": dumps_text(payload),
    }
