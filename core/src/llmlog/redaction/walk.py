"""A payload, field by field, through a masking: every text that a user or a provider wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from operator import attrgetter, is_
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


@cache
def _values_of(cls: Any) -> Callable[[Any], Any]:
    """Return what takes all fields of one of our own values at once, in a tuple."""
    names = [item.name for item in attrs.fields(cls)]
    getter = attrgetter(*names)
    return getter if len(names) > 1 else lambda value: (getter(value),)


def texts_of(value: Any) -> list[str]:
    """Return every text in a payload or a part of it, keys included."""
    found: list[str] = []
    _collect((value,), found)
    return found


def _collect(values: Iterable[Any], found: list[str]) -> None:
    for value in values:
        exact = type(value)
        if exact is str:
            found.append(value)
        elif value is None or exact is int or exact is bool or exact is float:
            continue
        elif exact is tuple or exact is list:
            _collect(value, found)
        elif isinstance(value, Mapping):
            found.extend(map(str, value))
            _collect(value.values(), found)
        else:
            _collect_rest(value, found)


def _collect_rest(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, (tuple, list)):
        _collect(value, found)
    elif attrs.has(cls := type(value)):
        _collect(_values_of(cls)(value), found)
    elif not isinstance(value, (bool, int, float)):
        _collect((plain(value)[0],), found)


def masked(
    payload: Payload, masking: Masking, policy: str | None, *, media: bool,
    leave: Collection[str] = (),
) -> Payload:  # fmt: skip
    """Return the payload with its texts masked and a receipt for each rule that fired.

    With `media`, binary content, which nothing can vouch for, is hidden too. The fields `leave`
    stay as they are.
    """
    made: dict[str, Any] = {}
    receipts: list[Change] = []
    for item in attrs.fields(Payload):
        value = getattr(payload, item.name)
        if value is None or value in ((), {}) or _sure(item.name, value) or item.name in leave:
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


def _receipts(path: str, counts: Mapping[str, int], policy: str | None) -> Iterator[Change]:
    for rule, count in sorted(counts.items()):
        action = "hidden" if rule.startswith("hidden:") else "masked"
        yield Change(path=path, action=action, rule=rule, count=count, policy=policy)  # type: ignore[arg-type]


def _field(value: Any, masking: Masking, *, media: bool) -> Any:
    if isinstance(value, tuple):
        return _same_or(value, tuple(_field(item, masking, media=media) for item in value))
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
    changed: dict[str, Any] = {}
    for item in attrs.fields(type(value)):
        former = getattr(value, item.name)
        if not _counted(former):
            made = _field(former, masking, media=media)
            if made is not former:
                changed[item.name] = made
    return evolve(value, **changed) if changed else value


def _same_or(former: tuple[Any, ...], made: tuple[Any, ...]) -> tuple[Any, ...]:
    return former if all(map(is_, former, made)) else made


def _counted(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float))


def _without_bytes(media: Media, masking: Masking) -> Media:
    """Return media without content that is no text, and without a `data:` address."""
    inline = (media.uri or "").lower().lstrip().startswith("data:")
    if not inline and media.content is None:
        return media
    masking.counts["hidden:media"] += 1
    return evolve(media, content=None, uri=None if inline else media.uri, sha256=None)


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
