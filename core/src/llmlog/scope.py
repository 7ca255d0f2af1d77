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
    fields["tags"] = (*outer.get("tags", ()), *tags)
    fields["metadata"] = {**outer.get("metadata", {}), **(metadata or {})}
    token = ambient.set(fields)
    try:
        yield
    finally:
        ambient.reset(token)
