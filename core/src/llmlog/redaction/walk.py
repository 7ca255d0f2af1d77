"""A payload, field by field, through a masking: every text that a user or a provider wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import attrs
from attrs import evolve

from llmlog.message import Media
from llmlog.payload import Change, Cost, Error, Kind, Origin, Payload, Status, Timing, Usage
from llmlog.plain import plain
from llmlog.redaction.masking import Masking

_OWN_IDS = re.compile(r"[0-9a-f-]{1,36}")
_VERSION = re.compile(r"[0-9][0-9a-z.]{0,15}")
_WORDS = frozenset({
    *get_args(Kind), *get_args(Status), *get_args(Origin), "first", "retry", "fallback", "passed",
    "edited", "error", "hidden", "masked", "cut", "replaced", "system", "user", "assistant", "tool",
})  # fmt: skip
_IDS = frozenset({"id", "trace_id", "span_id", "parent_span_id", "ancestor_ids"})


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in a payload or a part of it, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts_of(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from texts_of(item)
    elif attrs.has(type(value)):
        for item in attrs.fields(type(value)):
            yield from texts_of(getattr(value, item.name))
    elif not isinstance(value, (bool, int, float, type(None))):
        yield from texts_of(plain(value)[0])


def masked(payload: Payload, masking: Masking, policy: str, *, media: bool) -> Payload:
    """Return the payload with its texts masked and a receipt for each rule that fired.

    With `media`, binary content, which nothing can vouch for, is hidden too.
    """
    made: dict[str, Any] = {}
    receipts: list[Change] = []
    for item in attrs.fields(Payload):
        value = getattr(payload, item.name)
        if value is None or value in ((), {}) or _sure(item.name, value):
            continue
        masking.counts.clear()
        result = _field(value, masking, media=media)
        if masking.counts:
            made[item.name] = result
            receipts += _receipts(item.name, masking.counts, policy)
    if not made:
        return payload
    made["changes"] = (*made.get("changes", payload.changes), *receipts)
    return evolve(payload, **made)


def _sure(name: str, value: Any) -> bool:
    """Say whether a field can only hold what llmlog itself wrote."""
    if name in _IDS:
        texts = value if isinstance(value, tuple) else (value,)
        return all(type(text) is str and _OWN_IDS.fullmatch(text) for text in texts)
    if name in ("schema_version", "sdk_version"):
        return bool(_VERSION.fullmatch(value))
    return isinstance(value, (bool, float, Timing)) or _is_word(value)


def _is_word(value: Any) -> bool:
    """Say whether a value is one of the words that the payload's own fields are written in."""
    return isinstance(value, str) and value in _WORDS


def _receipts(path: str, counts: Mapping[str, int], policy: str) -> Iterator[Change]:
    for rule, count in sorted(counts.items()):
        action = "hidden" if rule.startswith("hidden:") else "masked"
        yield Change(path=path, action=action, rule=rule, count=count, policy=policy)  # type: ignore[arg-type]


def _field(value: Any, masking: Masking, *, media: bool) -> Any:
    if isinstance(value, tuple):
        return tuple(_field(item, masking, media=media) for item in value)
    if isinstance(value, Media) and media:
        value = _without_bytes(value, masking)
    if attrs.has(type(value)):
        return _record(value, masking, media=media)
    if isinstance(value, str):
        return value if _is_word(value) else masking.text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    made = masking.value(value)
    return {"[hidden]": made} if isinstance(value, Mapping) and isinstance(made, str) else made


def _record(value: Any, masking: Masking, *, media: bool) -> Any:
    """Return one of our own values with its texts masked; numbers and times are what they are."""
    return evolve(value, **{
        item.name: _field(getattr(value, item.name), masking, media=media)
        for item in attrs.fields(type(value)) if not _counted(getattr(value, item.name))
    })  # fmt: skip


def _counted(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float))


def _without_bytes(media: Media, masking: Masking) -> Media:
    """Return media without content that is no text, and without a `data:` address."""
    inline = (media.uri or "").lower().lstrip().startswith("data:")
    if not inline and media.content is None:
        return media
    masking.counts["hidden:media"] += 1
    return evolve(media, content=None, uri=None if inline else media.uri)


def envelope(payload: Payload, rule: str, policy: str) -> Payload:
    """Return what is certain to be harmless: kind, status, times, counts, money and our own ids."""
    kept = {
        name: value for name in _IDS if _sure(name, value := getattr(payload, name))
    }  # fmt: skip
    unknown = {name: "0" * 32 for name in ("id", "trace_id", "span_id") if name not in kept}
    return Payload(
        kind=payload.kind, status=payload.status, timing=payload.timing,
        usage=_numbers(payload.usage, Usage), cost=_numbers(payload.cost, Cost),
        error=payload.error and Error(type="[hidden]", message="[hidden]"),
        chunks=payload.chunks, stream=payload.stream, cache_hit=payload.cache_hit,
        sample_weight=payload.sample_weight,
        changes=(Change(path="", action="hidden", rule=rule, policy=policy),),
        **{**unknown, **kept},
    )  # fmt: skip


def _numbers(value: Any, cls: type) -> Any:
    if value is None:
        return None
    return cls(**{
        item.name: number for item in attrs.fields(cls)
        if isinstance(number := getattr(value, item.name), (int, float))
    })  # fmt: skip
