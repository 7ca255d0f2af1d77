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

from llmlog.caller import Callers
from llmlog.cleaner import Cleaner
from llmlog.cost import Prices
from llmlog.errors import Blocked
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.identity import id_text
from llmlog.message import JSON
from llmlog.mould import mould
from llmlog.payload import (
    Change,
    Cost,
    Error,
    Payload,
    Timing,
    Usage,
)
from llmlog.plain import plain
from llmlog.reading import (
    Reading,
    assemble,
    read_error,
    read_response,
)
from llmlog.rhythm import rhythm
from llmlog.said import kind_of, said, whole

_payload: Final = mould(Payload)
_times: Final = mould(Timing)
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
    callers: Callers = field(factory=Callers)


def complete(call: Call, facts: Facts, fields: Mapping[str, Any] | None = None) -> Payload:
    """Return the payload of a finished call; a bare one that says why if that fails.

    `fields` are the call's, where they are at hand.
    """
    return guarded(
        _complete, call, facts, fields,
        otherwise=lambda problem: _bare(call, facts, type(problem).__name__),
    )  # fmt: skip


def _complete(call: Call, facts: Facts, known: Mapping[str, Any] | None) -> Payload:
    clean = Cleaner()
    fields = call.fields if known is None else known
    chunks = [clean("output", chunk) for chunk in call.recording.chunks] if call.recording else []
    reading = _reading(call, fields, chunks, clean)
    made = _sure(call, facts, fields)
    if kind_of(fields) is None:
        clean.refuse("kind")
    if fields.get("api_key") is not None:
        made.update(_caller(fields["api_key"], facts.callers))
    made.update(said(fields, clean))
    made.update(_response(fields, reading, clean))
    if reading.attributes:
        made["attributes"] = {**reading.attributes, **made.get("attributes", {})}
    made["timing"] = _timing(call, fields, _first_content(chunks))
    if call.recording is not None:
        made["chunks"] = rhythm(call.recording.times_ns)
    if call.exception is not None:
        made["error"] = _error(call)
    if clean.changes:
        made["changes"] = clean.changes
    made["cost"] = _cost(made, fields, reading, facts.prices)
    return _payload(**made)


def _bare(call: Call, facts: Facts, fault: str) -> Payload:
    change = Change(path="", action="cut", rule=f"completion:{fault}")
    return Payload(**_sure(call, facts, call.fields), timing=_timing(call), changes=(change,))


def _sure(call: Call, facts: Facts, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of any call, whatever was said of it."""
    parent = call.parent
    return {
        "id": call.id,
        "kind": kind_of(fields) or "chat",
        "status": call.status or "aborted",
        "trace_id": call.span.trace_id,
        "span_id": call.span.span_id,
        "parent_span_id": parent.span_id if parent else None,
        "ancestor_ids": tuple(map(id_text, parent.path)) if parent else (),
        "environment": facts.environment,
        "service_name": facts.service_name,
        "release": facts.release,
        "host_name": facts.host_name,
        "sdk_version": facts.sdk_version,
    }


def _timing(
    call: Call, fields: Mapping[str, Any] = MappingProxyType({}), first: int | None = None
) -> Timing:
    recording = call.recording
    return _times(
        start_unix_ns=call.start_unix_ns,
        end_unix_ns=call.start_unix_ns + max(0, call.end_mono_ns - call.start_mono_ns),
        time_to_first_token_ns=(
            recording.times_ns[first] - call.start_mono_ns
            if recording and first is not None else None
        ),
        queue_ns=whole(fields.get("queue_ns")),
        api_ns=whole(fields.get("api_ns")),
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


def _reading(
    call: Call, fields: Mapping[str, Any], chunks: Sequence[JSON], clean: Cleaner
) -> Reading:
    if call.recording is not None:
        return read_response(assemble(chunks)) if chunks else Reading()
    if call.response is not None:
        return read_response(clean.own("output", call.response))
    raw = fields.get("output")
    return read_response(clean("output", raw)) if raw is not None else Reading()


def _caller(api_key: object, callers: Callers) -> dict[str, str]:
    """Return what stands for the key that a call was made with; what the call says comes after."""
    digest, alias = callers.facts(api_key)
    known = {"key_hash": digest, "key_alias": alias}
    return {name: value for name, value in known.items() if value is not None}


def _response(fields: Mapping[str, Any], reading: Reading, clean: Cleaner) -> dict[str, Any]:
    usage = fields.get("usage")
    if usage is not None and not isinstance(usage, Usage):
        clean.refuse("usage")
        usage = None
    return {
        "response_model": clean.text("response_model", fields.get("response_model"))
        or reading.response_model,
        "response_id": clean.text("response_id", fields.get("response_id"))
        or reading.response_id,
        "service_tier": clean.text("service_tier", fields.get("service_tier"))
        or reading.service_tier,
        "output_messages": reading.output_messages,
        "output_value": reading.output_value,
        "usage": usage or reading.usage,
    }  # fmt: skip


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
    made: Mapping[str, Any], fields: Mapping[str, Any], reading: Reading, prices: Prices
) -> Cost | None:
    if isinstance(fields.get("cost"), Cost):
        return fields["cost"]  # type: ignore[no-any-return]
    if made.get("cache_hit"):
        return Cost(total=0.0, source="cache")
    usage = made["usage"]
    names = (made["response_model"], made.get("request_model"))
    custom = prices.custom(names, usage)
    if custom is None and reading.cost_total is not None:
        return Cost(total=reading.cost_total, source="provider")
    at_unix_ns = made["timing"].start_unix_ns
    return custom or prices.listed(names, made.get("provider_name"), usage, at_unix_ns)


__all__ = ["Facts", "Usage", "complete"]
