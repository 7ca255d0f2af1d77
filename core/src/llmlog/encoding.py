"""JSON bytes of plain values: orjson where it is installed, equal JSON without it."""

from __future__ import annotations

import json
from typing import Any

from llmlog.fork import IMPORTING
from llmlog.message import JSON


def _standard_dumps(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _find() -> Any:
    try:
        with IMPORTING:
            import orjson
    except ImportError:
        return _standard_dumps, json.loads
    return orjson.dumps, orjson.loads


_dumps: Any = None
_loads: Any = None


def dumps(value: JSON) -> bytes:
    """Return compact UTF-8 JSON of a plain value."""
    global _dumps, _loads
    if _dumps is None:
        _dumps, _loads = _find()
    encoded: bytes = _dumps(value)
    return encoded


def dumps_text(value: JSON) -> str:
    """Return compact JSON of a plain value as text."""
    return dumps(value).decode()


def loads(content: bytes | str) -> JSON:
    """Read JSON; raise `ValueError` on anything else."""
    if _loads is None:
        dumps(None)
    return _loads(content)
