"""About how much memory a value holds: a bounded look at a few parts of each container."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from attrs import fields

from llmlog.message import Part, Text
from llmlog.payload import Payload

_CONTAINERS: Final = 40
_PARTS: Final = 12
_EACH: Final = 50
_LIGHT: Final = frozenset({int, float, bool, type(None)})


def weight(value: Any) -> int:
    """Return about how many bytes a value holds; what is not looked at weighs as what is."""
    total, walked = 0.0, 0
    to_walk: list[tuple[Any, float]] = [((value,), 1.0)]
    while to_walk and walked < _CONTAINERS:
        at, times = to_walk.pop()
        walked += 1
        count = len(at)
        total += times * _EACH * count
        parts = at.values() if type(at) is dict else at
        if count > _PARTS:
            parts = _some(parts, count)
            times *= count / len(parts)
        for part in parts:
            exact = type(part)
            if exact is str:  # most are, and this is the caller's time
                total += times * len(part)
            elif exact is dict or exact is list:
                to_walk.append((part, times))
            elif exact not in _LIGHT:
                inner = _inner(part)
                if isinstance(inner, int):
                    total += times * inner
                else:
                    to_walk.append((inner, times))
    return int(total * (walked + len(to_walk)) / walked)


def _some(parts: Any, count: int) -> list[Any]:
    """Return a dozen parts or a few more: of a dict the first, of a list from all over it."""
    if isinstance(parts, (list, tuple)):
        return list(parts[:: count // _PARTS])
    return list(islice(parts, _PARTS))


def _inner(value: Any) -> Any:
    """Return the container that a value is or has, or its own length in bytes."""
    if isinstance(value, (str, bytes, bytearray)):
        return len(value)
    if isinstance(value, (list, tuple)):
        return value
    inner = value if isinstance(value, dict) else getattr(value, "__dict__", None)
    return inner if type(inner) is dict else 0


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
