"""What LiteLLM tells of one call: its standard payload, and what is only beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import frozen

from llmlog.bridging import (
    Span,
    guarded,
    id_from,
    id_text,
    items,
    mapping,
    plain,
    read_traceparent,
    span_of,
    text,
)
from llmlog.message import JSON

Item = Mapping[str, JSON]
_TABLE = "model_map_value"
_IDS = ("litellm_call_id", "litellm_trace_id")


@frozen(kw_only=True)
class Event:
    """One try that has ended.

    `standard` is LiteLLM's payload as plain data, without the price table. The other fields are
    what it lacks: the request's own metadata and session, what the router remembers of earlier
    tries, those that were told of and are part of this call, the exception, the call and the
    `llmlog.context` around it.
    """

    standard: Item
    metadata: Item
    session: str | None
    tries: tuple[Item, ...]
    exception: BaseException | None
    parent: Span | None
    within: Mapping[str, Any]
    earlier: tuple[Event, ...] = ()

    @property
    def number(self) -> int:
        """Return the id of the record: a UUIDv7 that is the same whenever the call is told."""
        said = self.standard
        start_s = seconds(said.get("startTime")) or 0.0
        call_id = said.get("litellm_call_id") or said.get("id")
        return id_from(int(start_s * 1000) * 1_000_000, f"{call_id}:{said.get('startTime')}")

    @property
    def id(self) -> str:
        """Return the id as text."""
        return id_text(self.number)

    @property
    def span(self) -> Span:
        """Return its place: in the call around it, else in the trace that LiteLLM names."""
        if self.parent is not None:
            return span_of(self.number, self.parent)
        own = span_of(self.number, None)
        named = self.standard.get("trace_id")
        return Span(trace_of(named), own.span_id, own.path) if isinstance(named, str) else own


def read_event(
    standard: Any, details: Mapping[str, Any], parent: Span | None, within: Mapping[str, Any]
) -> Event:
    """Read what LiteLLM hands to its callbacks."""
    request = details.get("litellm_params") or {}
    metadata = request.get("metadata") or {}
    exception = details.get("exception")
    return Event(
        standard=mapping(plain(_whole(standard, details))[0]),
        metadata=mapping(plain(_own(request, metadata))[0]),
        session=text(plain(metadata.get("session_id"))[0]),
        tries=tuple(map(mapping, items(plain(metadata.get("previous_models"))[0]))),
        exception=exception if isinstance(exception, BaseException) else None,
        parent=parent or guarded(_remote, request, otherwise=lambda _: None),
        within=within,
    )


def _whole(standard: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload without the price table, with the ids that only stand beside it."""
    table = dict(standard.get("model_map_information") or {})
    table.pop(_TABLE, None)
    ids = {name: standard.get(name) or details.get(name) for name in _IDS}
    return {**standard, "model_map_information": table, **ids}


_ROUTERS = frozenset({
    "api_base", "attempted_fallbacks", "attempted_retries", "caching_groups", "deployment",
    "deployment_model_name", "hidden_params", "kubernetes_pod_routing", "max_retries",
    "model_group", "model_group_alias", "model_group_size", "model_info", "original_model_group",
    "previous_models", "request_retry_count", "session_id", "tags", "trace_id",
})  # fmt: skip


def _own(request: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a user of the SDK said; a proxy adds what is not the user's, so nothing there."""
    if request.get("proxy_server_request"):
        return {}
    return {name: value for name, value in metadata.items()
            if name not in _ROUTERS and not str(name).startswith("_")}  # fmt: skip


def _remote(request: Mapping[str, Any]) -> Span | None:
    headers = (request.get("proxy_server_request") or {}).get("headers") or {}
    return read_traceparent(headers.get("traceparent"))


def trace_of(name: str) -> str:
    """Return the W3C trace id for LiteLLM's: a UUID's digits, else digits made of the text."""
    return guarded(
        lambda: UUID(name).hex,
        otherwise=lambda _: hashlib.sha256(name.encode()).hexdigest()[:32],
    )


def seconds(value: JSON) -> float | None:
    """Return a time if it is one."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None


def times_ns(said: Item) -> tuple[int, int]:
    """Return when a try began and ended."""
    start, end = (seconds(said.get(name)) for name in ("startTime", "endTime"))
    begun = int((start or 0.0) * 1_000_000_000)
    return begun, max(begun, int((end or 0.0) * 1_000_000_000))
