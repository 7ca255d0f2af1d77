"""Making a payload that is too large for a destination smaller, in a declared order.

1. media become references: hash and size;
2. long texts lose their middle, first those over 16,384 characters, then those over 2,048;
3. the oldest input messages go, all but the last eight, then all but the last;
4. everything that was said goes, and the envelope stays: kind, status, times, tokens, cost, ids.

What was cut is in `changes` with the rule and its original size in characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from attrs import evolve

from llmlog.encryption.envelope import key_id_of
from llmlog.media import referenced
from llmlog.payload import Change, Payload
from llmlog.redaction.hiding import without_content

LONG = (16_384, 2_048)
LAST = (8, 1)
_OURS = frozenset({"id", "trace_id", "span_id", "parent_span_id", "ancestor_ids", "changes"})


def fitted(payload: Payload, fits: Callable[[Payload], bool]) -> Payload | None:
    """Return the largest form of a payload that fits; None if not even its envelope does."""
    return next((made for made in forms(payload) if fits(made)), None)


def forms(payload: Payload) -> Iterator[Payload]:
    """Yield the payload and its smaller forms, the largest first."""
    short = media = referenced(payload)
    found = [payload, media]
    for limit in LONG:
        short = _with_short_texts(media, limit)
        found.append(short)
    found += (_with_last_messages(short, count) for count in LAST)
    found.append(_envelope(payload))
    yield from (each for each, before in zip(found, (None, *found), strict=False)
                if each is not before)  # fmt: skip


def _with_short_texts(payload: Payload, limit: int) -> Payload:
    made: dict[str, Any] = {}
    cuts: list[Change] = []
    for item in attrs.fields(Payload):
        if item.name not in _OURS:
            cut: list[int] = []
            value = _cut(getattr(payload, item.name), limit, cut)
            if cut:
                made[item.name] = value
                cuts.append(Change(path=item.name, action="cut", rule="long_text", count=len(cut),
                                   original_size=sum(cut)))  # fmt: skip
    return evolve(payload, **made, changes=(*payload.changes, *cuts)) if made else payload


def _cut(value: Any, limit: int, cut: list[int]) -> Any:
    """Return a value with the middle of its long texts cut out; their lengths go into `cut`."""
    if isinstance(value, str):
        return _shortened(value, limit, cut)
    if isinstance(value, Mapping):
        return {_cut(key, limit, cut): _cut(item, limit, cut) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cut(item, limit, cut) for item in value)
    if attrs.has(type(value)):
        return evolve(value, **{item.name: _cut(getattr(value, item.name), limit, cut)
                                for item in attrs.fields(type(value))})  # fmt: skip
    return value


def _shortened(text: str, limit: int, cut: list[int]) -> str:
    if len(text) <= limit:
        return text
    cut.append(len(text))
    mark = f"[cut: {len(text)} characters]"
    if key_id_of(text) is not None:
        return mark  # no key opens a part of an envelope
    kept = (limit - len(mark)) // 2
    return f"{text[:kept]}{mark}{text[-kept:]}"


def _with_last_messages(payload: Payload, count: int) -> Payload:
    gone, kept = payload.input_messages[:-count], payload.input_messages[-count:]
    if not gone:
        return payload
    change = Change(path="input_messages", action="cut", rule="oldest_messages", count=len(gone),
                    original_size=sum(map(_length, gone)))  # fmt: skip
    return evolve(payload, input_messages=kept, changes=(*payload.changes, change))


def _envelope(payload: Payload) -> Payload:
    size = sum(_length(getattr(payload, item.name)) for item in attrs.fields(Payload)
               if item.name not in _OURS)  # fmt: skip
    made = without_content(payload, "size")
    change = Change(path="content", action="cut", rule="size", original_size=size)
    return evolve(made, input_messages=(), output_messages=(), tools=(), rate_limit={}, tags=(),
                  usage=payload.usage and evolve(payload.usage, raw=None),
                  changes=(*made.changes[:-1][-20:], change))  # fmt: skip


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_length(key) + _length(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return sum(map(_length, value))
    if attrs.has(type(value)):
        return sum(_length(getattr(value, item.name)) for item in attrs.fields(type(value)))
    return 0
