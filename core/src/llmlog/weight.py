"""About how much memory a value holds: a bounded look at a few parts of each container."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from attrs import fields

from llmlog.message import Part, Text
from llmlog.payload import Payload

_NODES: Final = 100
_PARTS: Final = 12
_DEPTH: Final = 10
_EACH: Final = 50
_LIGHT: Final = frozenset({int, float, bool, type(None)})


def weight(value: Any) -> int:
    """Return about how many bytes a value holds; what is not looked at weighs as what is."""
    return _weigh(value, [_NODES], 0)


def _weigh(value: Any, left: list[int], depth: int) -> int:
    left[0] -= 1
    if isinstance(value, (str, bytes, bytearray)):
        return _EACH + len(value)
    parts, count = _within(value)
    if not count or depth > _DEPTH:
        return _EACH
    total = seen = 0
    for part in parts:
        if left[0] <= 0:
            break
        seen += 1
        exact = type(part)
        if exact is str:  # most are, and this is the caller's time
            left[0] -= 1
            total += _EACH + len(part)
        elif exact in _LIGHT:
            left[0] -= 1
            total += _EACH
        else:
            total += _weigh(part, left, depth + 1)
    return _EACH + (total * count // seen if seen else count * _EACH)


def _within(value: Any) -> tuple[Iterable[Any], int]:
    """Return some of what a value is made of, and of how much it is."""
    if type(value) is dict:
        return islice(value.values(), _PARTS), len(value)
    if isinstance(value, (list, tuple)):
        step = max(1, len(value) // _PARTS)
        return islice(value, 0, None, step), len(value)
    if not isinstance(value, dict):
        value = getattr(value, "__dict__", None)
    return (islice(value.values(), _PARTS), len(value)) if type(value) is dict else ((), 0)


def rough_size(payload: Payload) -> int:
    """Return about how many bytes a payload holds, cheaply: its texts and 1,000 for the rest."""
    size = 1_000
    for messages in (payload.input_messages, payload.output_messages):
        size += 64 * len(messages)
        for message in messages:
            for part in message.parts:
                size += len(part.content) if type(part) is Text else _part_length(part)
    for value in (payload.input_value, payload.output_value, payload.metadata,
                  payload.parameters, payload.attributes, payload.tools):  # fmt: skip
        if value:
            size += _length(value)
    return size


def _part_length(part: Part) -> int:
    return sum(_length(getattr(part, item.name)) for item in fields(type(part)))


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _length(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return sum(_length(item) for item in value)
    return 8
