"""What calls inherit from the block they are made in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from llmlog.identity import Span

_NOTHING: Mapping[str, Any] = MappingProxyType({})
current_span: ContextVar[Span | None] = ContextVar("llmlog_span", default=None)
ambient: ContextVar[Mapping[str, Any]] = ContextVar("llmlog_ambient", default=_NOTHING)


def as_tags(value: Any) -> tuple[Any, ...]:
    """Return tags whatever was given for them: a text is one tag, and so is any other thing."""
    if type(value) is tuple or isinstance(value, (list, tuple, set, frozenset)):
        return tuple(value)
    return () if value is None else (value,)


def as_metadata(value: Any) -> Mapping[Any, Any]:
    """Return metadata whatever was given for them."""
    if value is None or isinstance(value, Mapping):
        return value or {}
    return {"value": value}


@contextmanager
def context(
    *,
    session: str | None = None,
    user: str | None = None,
    tags: tuple[str, ...] | list[str] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Set session, user, tags and metadata for every call made inside the block.

    Blocks nest: inner values win, tags and metadata add up. What a call says itself wins.
    """
    outer = ambient.get()
    fields = dict(outer)
    fields.update({key: value for key, value in (("session", session), ("user", user)) if value})
    fields["tags"] = (*outer.get("tags", ()), *as_tags(tags))
    fields["metadata"] = {**outer.get("metadata", {}), **as_metadata(metadata)}
    token = ambient.set(fields)
    try:
        yield
    finally:
        ambient.reset(token)
