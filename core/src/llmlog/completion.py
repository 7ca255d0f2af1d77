"""From a finished call to its payload: complete before any plugin sees it.

Runs on the dispatcher's thread. Everything that came from the application is made plain here, so
that no plugin meets a stranger's object.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from attrs import evolve, field, frozen

from llmlog.cost import Prices
from llmlog.errors import Blocked
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.identity import id_text
from llmlog.message import JSON
from llmlog.payload import (
    Attempt,
    Change,
    ChunkTiming,
    Cost,
    Error,
    Guardrail,
    Payload,
    Timing,
    Usage,
)
from llmlog.plain import plain
from llmlog.reading import Reading, assemble, read_error, read_messages, read_response
from llmlog.rhythm import rhythm

_EMPTY: Final = ("choices", "messageStart", "contentBlockStart", "messageStop", "metadata")
_TRACE_CHARACTERS: Final = 20_000


@frozen(kw_only=True)
class Facts:
    """What is the same for every call of a Logger."""

    environment: str | None = None
    service_name: str | None = None
    release: str | None = None
    host_name: str | None = None
    sdk_version: str | None = None
    prices: Prices = field(factory=Prices)


class _Cleaner:
    """Makes values plain and remembers where something had to be replaced."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def __call__(self, path: str, value: Any) -> JSON:
        made, replaced = plain(value)
        if replaced:
            self.changes.append(
                Change(path=path, action="replaced", rule="not_json", count=len(replaced))
            )
        return made

    def mapping(self, path: str, value: Any) -> dict[str, JSON]:
        """Return a dict whatever the value is."""
        made = self(path, value) if value is not None else {}
        return made if isinstance(made, dict) else {"value": made}

    def text(self, path: str, value: Any) -> str | None:
        """Return a text or None."""
        made = self(path, value)
        return made if made is None or isinstance(made, str) else str(made)


def complete(call: Call, facts: Facts) -> Payload:
    """Return the payload of a finished call; a bare one that says why if that fails."""
    return guarded(
        _complete, call, facts, otherwise=lambda problem: _bare(call, facts, type(problem).__name__)
    )


def _complete(call: Call, facts: Facts) -> Payload:
    clean = _Cleaner()
    fields = call.fields
    chunks = [clean("output", chunk) for chunk in call.recording.chunks] if call.recording else []
    reading = _reading(call, fields, chunks, clean)
    payload = evolve(
        _bare(call, facts),
        **_request(fields, clean),
        **_response(fields, reading, clean),
        **_owner(fields, clean),
        timing=_timing(call, fields, _first_content(chunks)),
        chunks=_rhythm(call),
        error=_error(call),
        guardrails=_typed(Guardrail, fields.get("guardrails")),
        attempts=_typed(Attempt, fields.get("attempts")),
    )
    payload = evolve(payload, cost=_cost(payload, fields, reading, facts.prices))
    return evolve(payload, changes=tuple(clean.changes))


def _bare(call: Call, facts: Facts, fault: str | None = None) -> Payload:
    changes = (Change(path="", action="cut", rule=f"completion:{fault}"),) if fault else ()
    parent = call.parent
    return Payload(
        id=call.id,
        kind=call.fields.get("kind", "chat"),
        status=call.status or "aborted",
        timing=_timing(call),
        trace_id=call.span.trace_id,
        span_id=call.span.span_id,
        parent_span_id=parent.span_id if parent else None,
        ancestor_ids=tuple(map(id_text, parent.path)) if parent else (),
        environment=facts.environment,
        service_name=facts.service_name,
        release=facts.release,
        host_name=facts.host_name,
        sdk_version=facts.sdk_version,
        changes=changes,
    )


def _timing(
    call: Call, fields: Mapping[str, Any] = MappingProxyType({}), first: int | None = None
) -> Timing:
    recording = call.recording
    return Timing(
        start_unix_ns=call.start_unix_ns,
        end_unix_ns=call.start_unix_ns + max(0, call.end_mono_ns - call.start_mono_ns),
        time_to_first_token_ns=(
            recording.times_ns[first] - call.start_mono_ns
            if recording and first is not None else None
        ),
        queue_ns=fields.get("queue_ns"),
        api_ns=fields.get("api_ns"),
    )  # fmt: skip


def _first_content(chunks: Sequence[JSON]) -> int | None:
    """Return the index of the first chunk that carries output, not only a role or an id."""
    return next((index for index, chunk in enumerate(chunks) if _carries(chunk)), None)


def _carries(chunk: JSON) -> bool:
    if isinstance(chunk, str):
        return bool(chunk)
    if not isinstance(chunk, dict):
        return chunk is not None
    for choice in chunk.get("choices") or ():
        delta = choice.get("delta") or {}
        if choice.get("text") or any(item for name, item in delta.items() if name != "role"):
            return True
    if "candidates" in chunk:
        return any(candidate.get("content") for candidate in chunk["candidates"] or ())
    kind = chunk.get("type")
    if isinstance(kind, str):
        return kind.endswith("delta") and kind != "message_delta"
    return not any(name in chunk for name in _EMPTY)


def _rhythm(call: Call) -> ChunkTiming | None:
    recording = call.recording
    if recording is None:
        return None
    return rhythm(recording.times_ns)


def _reading(
    call: Call, fields: Mapping[str, Any], chunks: Sequence[JSON], clean: _Cleaner
) -> Reading:
    if call.recording is not None:
        return read_response(assemble(chunks)) if chunks else Reading()
    raw = fields.get("output") if call.response is None else call.response
    return read_response(clean("output", raw)) if raw is not None else Reading()


def _request(fields: Mapping[str, Any], clean: _Cleaner) -> dict[str, Any]:
    tools = clean("tools", fields.get("tools"))
    return {
        "name": clean.text("name", fields.get("name")),
        "provider_name": clean.text("provider_name", fields.get("provider")),
        "request_model": clean.text("request_model", fields.get("model")),
        "server_address": clean.text("server_address", fields.get("server_address")),
        "server_port": fields.get("server_port"),
        "deployment_id": clean.text("deployment_id", fields.get("deployment")),
        "model_alias": clean.text("model_alias", fields.get("model_alias")),
        "stream": fields.get("stream"),
        "parameters": clean.mapping("parameters", fields.get("parameters")),
        "tools": tuple(tools if isinstance(tools, list) else [tools] if tools else ()),
        "input_messages": read_messages(clean("input_messages", fields.get("messages"))),
        "input_value": clean("input_value", fields.get("input")),
    }


def _response(fields: Mapping[str, Any], reading: Reading, clean: _Cleaner) -> dict[str, Any]:
    return {
        "response_model": fields.get("response_model") or reading.response_model,
        "response_id": fields.get("response_id") or reading.response_id,
        "service_tier": fields.get("service_tier") or reading.service_tier,
        "output_messages": reading.output_messages,
        "output_value": reading.output_value,
        "usage": fields.get("usage") or reading.usage,
        "cache_hit": fields.get("cache_hit"),
        "cache_key": clean.text("cache_key", fields.get("cache_key")),
        "cost_saved": fields.get("cost_saved"),
        "rate_limit": clean.mapping("rate_limit", fields.get("rate_limit")),
    }


def _owner(fields: Mapping[str, Any], clean: _Cleaner) -> dict[str, Any]:
    names = {
        "session_id": "session", "user_id": "user", "team_id": "team",
        "organization_id": "organization", "project_id": "project", "key_alias": "key_alias",
        "key_hash": "key_hash", "prompt_name": "prompt_name", "prompt_version": "prompt_version",
    }  # fmt: skip
    tags = fields.get("tags") or ()
    made: dict[str, Any] = {name: clean.text(name, fields.get(key)) for name, key in names.items()}
    made["tags"] = tuple(
        str(clean("tags", tag)) for tag in ((tags,) if isinstance(tags, str) else tags)
    )
    made["metadata"] = clean.mapping("metadata", fields.get("metadata"))
    made["attributes"] = clean.mapping("attributes", fields.get("attributes"))
    return made


def _typed(kind: type[Any], values: Any) -> tuple[Any, ...]:
    return tuple(value for value in values or () if isinstance(value, kind))


def _error(call: Call) -> Error | None:
    exception = call.exception
    if exception is None:
        return None
    if isinstance(exception, Blocked):
        return Error(type="Blocked", message=str(plain(exception.reason)[0]), retryable=False)
    lines = guarded(traceback.format_exception, exception, otherwise=lambda _: [])
    trace = "".join(lines)[-_TRACE_CHARACTERS:]
    error: Error = read_error(exception)
    return evolve(error, stacktrace=str(plain(trace)[0]) or None)


def _cost(
    payload: Payload, fields: Mapping[str, Any], reading: Reading, prices: Prices
) -> Cost | None:
    if isinstance(fields.get("cost"), Cost):
        return fields["cost"]  # type: ignore[no-any-return]
    if payload.cache_hit:
        return Cost(total=0.0, source="cache")
    custom = prices.custom(payload)
    if custom is None and reading.cost_total is not None:
        return Cost(total=reading.cost_total, source="provider")
    return custom or prices.listed(payload)


__all__ = ["Facts", "Usage", "complete"]
