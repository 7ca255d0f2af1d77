"""JSON bytes of plain values: orjson where it is installed, equal JSON without it.

A value may hold, at any depth, what is JSON already: `Encoded`. It is put in as it is, so that
what several plugins send is written once.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from attrs import field, frozen

from llmlog.fork import IMPORTING
from llmlog.message import JSON


@frozen
class Encoded:
    """A value that is JSON already."""

    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """Return the JSON as text."""
        return self.content.decode()


def _encoded(value: Any) -> Encoded:
    """Return what stands for an object in JSON; raise `TypeError` for one that has no such form."""
    if isinstance(value, Encoded):
        return value
    to_encoded = getattr(type(value), "__llmlog_encoded__", None)
    if to_encoded is None:
        message = f"{type(value).__name__} is no JSON value"
        raise TypeError(message)
    made: Encoded = to_encoded(value)
    return made


def _standard_dumps(value: JSON) -> bytes:
    mark, pieces = secrets.token_hex(16), list[bytes]()

    def stand_in(value: Any) -> str:
        pieces.append(_encoded(value).content)
        return f"{mark}{len(pieces) - 1}"

    content = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=stand_in
    ).encode()
    if not pieces:
        return content
    return re.sub(rb'"%s(\d+)"' % mark.encode(), lambda found: pieces[int(found[1])], content)


def _find() -> Any:
    try:
        with IMPORTING:
            import orjson
    except ImportError:
        return _standard_dumps, json.loads

    def fragment(value: Any) -> Any:
        return orjson.Fragment(_encoded(value).content)

    return (lambda value: orjson.dumps(value, fragment)), orjson.loads


_dumps: Any = None
_loads: Any = None


def dumps(value: JSON) -> bytes:
    """Return compact UTF-8 JSON of a plain value, payloads and `Encoded` ones in it included."""
    global _dumps, _loads
    if _dumps is None:
        _dumps, _loads = _find()
    to_encoded = getattr(type(value), "__llmlog_encoded__", None)
    encoded: bytes = _dumps(value) if to_encoded is None else to_encoded(value).content
    return encoded


def dumps_to_keep(value: JSON) -> bytes:
    """Return JSON in no more memory than its bytes need.

    orjson makes it in a buffer that may be ten times as large, and never gives back the rest:
    https://github.com/home-assistant/core/pull/181245
    """
    made = dumps(value)
    return made if hasattr(type(value), "__llmlog_encoded__") else b"".join((made, b""))


def dumps_list(values: list[JSON]) -> bytes:
    """Return a list as JSON, written value by value: a long one lets other threads run between."""
    if not values:
        return b"[]"
    pieces = [*map(dumps_to_keep, values)]
    pieces[0] = b"[" + pieces[0]
    pieces[-1] += b"]"
    return b",".join(pieces)


def dumps_text(value: JSON) -> str:
    """Return compact JSON of a plain value as text."""
    return dumps(value).decode()


def loads(content: bytes | str) -> JSON:
    """Read JSON; raise `ValueError` on anything else."""
    if _loads is None:
        dumps(None)
    return _loads(content)
