"""A call as an item: what one asks for as attributes, the whole as compressed JSON."""

from __future__ import annotations

import gzip
from typing import Any

from llmlog import Payload
from llmlog.row import columns
from llmlog.schema import to_json

Attribute = dict[str, Any]


def item(payload: Payload, keep_days: float | None = None) -> dict[str, Attribute]:
    """Return the item of a call in DynamoDB's own notation; what is not known is left out."""
    facts = {
        **columns(payload),
        "started_at": None,
        "started_at_ms": payload.timing.start_unix_ns // 1_000_000,
        "schema_version": payload.schema_version,
        "expires_at": _expiry(payload, keep_days),
    }
    return {
        **{name: _attribute(value) for name, value in facts.items() if value not in (None, [])},
        "payload": {"B": gzip.compress(to_json(payload), compresslevel=6, mtime=0)},
    }


def _attribute(value: Any) -> Attribute:
    if isinstance(value, list):
        return {"L": [_attribute(each) for each in value]}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _expiry(payload: Payload, keep_days: float | None) -> int | None:
    """Return when an item may go, in seconds since 1970, as DynamoDB's TTL takes it."""
    if keep_days is None:
        return None
    return payload.timing.start_unix_ns // 1_000_000_000 + int(keep_days * 86_400)
