"""From a finished call to its payload: complete before any plugin sees it.

Runs on the dispatcher's thread. Everything that came from the application is made plain here, so
that no plugin meets a stranger's object.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast, get_args

from attrs import evolve, field, frozen

from llmlog.caller import Callers
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
    Kind,
    Payload,
    Timing,
    Usage,
)
from llmlog.plain import plain
from llmlog.reading import (
    Reading,
    assemble,
    read_error,
    read_messages,
    read_response,
    simple_message,
)
from llmlog.rhythm import rhythm

_EMPTY: Final = ("choices", "messageStart", "contentBlockStart", "messageStop", "metadata")
_TRACE_CHARACTERS: Final = 20_000
_KINDS: Final = frozenset(get_args(Kind))
_INT_LIMIT: Final = 2**63
_AMOUNT: Final = 1e300


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


class _Cleaner:
    """Makes values plain and remembers where something had to be replaced."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def __call__(self, path: str, value: Any) -> JSON:
        if value is None or (type(value) is str and value.isascii()):
            return value
        made, replaced = plain(value)
        if replaced:
            self.changes.append(
                Change(path=path, action="replaced", rule="not_json", count=len(replaced))
            )
        return made

    def mapping(self, path: str, value: Any) -> dict[str, JSON]:
        """Return a dict whatever the value is."""
        if value is None:
            return {}
        made = self(path, value)
        return made if isinstance(made, dict) else {"value": made}

    def refuse(self, path: str) -> None:
        """Note that a value was left out: it is not of the kind that its field holds."""
        self.changes.append(Change(path=path, action="replaced", rule="wrong_type"))

    def text(self, path: str, value: Any) -> str | None:
        """Return a text or None."""
        if type(value) is str and value.isascii():
            return value
        made = self(path, value)
        return made if made is None or isinstance(made, str) else str(made)


def complete(call: Call, facts: Facts, fields: Mapping[str, Any] | None = None) -> Payload:
    """Return the payload of a finished call; a bare one that says why if that fails.

    `fields` are the call's, where they are at hand.
    """
    return guarded(
        _complete, call, facts, fields,
        otherwise=lambda problem: _bare(call, facts, type(problem).__name__),
    )  # fmt: skip


def _complete(call: Call, facts: Facts, known: Mapping[str, Any] | None) -> Payload:
    clean = _Cleaner()
    fields = call.fields if known is None else known
    chunks = [clean("output", chunk) for chunk in call.recording.chunks] if call.recording else []
    reading = _reading(call, fields, chunks, clean)
    made = _sure(call, facts, fields)
    if _kind(fields) is None:
        clean.refuse("kind")
    made.update(_caller(fields, facts.callers))
    made.update(_said(fields, clean))
    made.update(_response(fields, reading, clean))
    made["timing"] = _timing(call, fields, _first_content(chunks))
    if call.recording is not None:
        made["chunks"] = _rhythm(call)
    if call.exception is not None:
        made["error"] = _error(call)
    made["changes"] = tuple(clean.changes)
    made["cost"] = _cost(made, fields, reading, facts.prices)
    return Payload(**made)


def _bare(call: Call, facts: Facts, fault: str) -> Payload:
    change = Change(path="", action="cut", rule=f"completion:{fault}")
    return Payload(**_sure(call, facts, call.fields), timing=_timing(call), changes=(change,))


def _sure(call: Call, facts: Facts, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of any call, whatever was said of it."""
    parent = call.parent
    return {
        "id": call.id,
        "kind": _kind(fields) or "chat",
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
    return Timing(
        start_unix_ns=call.start_unix_ns,
        end_unix_ns=call.start_unix_ns + max(0, call.end_mono_ns - call.start_mono_ns),
        time_to_first_token_ns=(
            recording.times_ns[first] - call.start_mono_ns
            if recording and first is not None else None
        ),
        queue_ns=_whole(fields.get("queue_ns")),
        api_ns=_whole(fields.get("api_ns")),
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


_TEXTS: Final[Mapping[str, str]] = {
    "name": "name", "provider": "provider_name", "model": "request_model",
    "server_address": "server_address", "deployment": "deployment_id",
    "model_alias": "model_alias", "cache_key": "cache_key", "session": "session_id",
    "user": "user_id", "team": "team_id", "organization": "organization_id",
    "project": "project_id", "key_alias": "key_alias", "key_hash": "key_hash",
    "prompt_name": "prompt_name", "prompt_version": "prompt_version",
}  # fmt: skip


def _caller(fields: Mapping[str, Any], callers: Callers) -> dict[str, str]:
    """Return what stands for the key that a call was made with; what the call says comes after."""
    if fields.get("api_key") is None:
        return {}
    digest, alias = callers.facts(fields["api_key"])
    known = {"key_hash": digest, "key_alias": alias}
    return {name: value for name, value in known.items() if value is not None}


_ADDED_UP = frozenset({"tags", "metadata"})
"""What a call makes itself, of the blocks around it and its own: there even when empty."""


def _said(fields: Mapping[str, Any], clean: _Cleaner) -> dict[str, Any]:
    """Return what was said of the call, under the names of a payload; only what is there."""
    made: dict[str, Any] = {}
    for key, value in fields.items():
        if value is None or (key in _ADDED_UP and not value):
            continue
        name = _TEXTS.get(key)
        if name is not None:
            made[name] = clean.text(name, value)
        elif (read := _READERS.get(key)) is not None:
            name, reader = read
            made[name] = reader(clean, name, value)
    return made


def _kind(fields: Mapping[str, Any]) -> Kind | None:
    """Return the kind of a call; None when there is no such kind."""
    kind = fields.get("kind") or "chat"
    return cast("Kind", kind) if isinstance(kind, str) and kind in _KINDS else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < _INT_LIMIT else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _amount(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and abs(value) < _AMOUNT else None


def _only(read: Callable[[Any], Any]) -> Callable[[_Cleaner, str, Any], Any]:
    """Return a reader that leaves out, with a note, what is not of the kind of its field."""

    def reader(clean: _Cleaner, name: str, value: Any) -> Any:
        made = read(value)
        if made is None:
            clean.refuse(name)
        return made

    return reader


def _conversation(clean: _Cleaner, name: str, value: Any) -> Any:
    """Return messages: the simple ones read as they are, the others made plain, all in one walk."""
    if type(value) is not list:
        return read_messages(clean(name, value))
    simple = list(map(simple_message, value))
    others = [raw for raw, made in zip(value, simple, strict=True) if made is None]
    if not others:
        return simple
    rest = iter(read_messages(clean(name, others)))
    return [next(rest) if made is None else made for made in simple]


def _tools(clean: _Cleaner, name: str, value: Any) -> Any:
    tools = clean(name, value)
    return tuple(tools if isinstance(tools, list) else [tools] if tools else ())


def _tags(clean: _Cleaner, name: str, value: Any) -> Any:
    tags = (value,) if isinstance(value, str) else value
    return tuple(str(clean(name, tag)) for tag in tags)


_READERS: Final[Mapping[str, tuple[str, Callable[[_Cleaner, str, Any], Any]]]] = {
    "messages": ("input_messages", _conversation),
    "input": ("input_value", _Cleaner.__call__),
    "tools": ("tools", _tools),
    "tags": ("tags", _tags),
    **{name: (name, _Cleaner.mapping)
       for name in ("parameters", "rate_limit", "metadata", "attributes")},
    "server_port": ("server_port", _only(_whole)), "cost_saved": ("cost_saved", _only(_amount)),
    **{name: (name, _only(_truth)) for name in ("stream", "cache_hit")},
    "guardrails": ("guardrails", lambda _, __, values: _typed(Guardrail, values)),
    "attempts": ("attempts", lambda _, __, values: _typed(Attempt, values)),
}  # fmt: skip


def _response(fields: Mapping[str, Any], reading: Reading, clean: _Cleaner) -> dict[str, Any]:
    usage = fields.get("usage")
    if usage is not None and not isinstance(usage, Usage):
        clean.refuse("usage")
        usage = None
    names = ("response_model", "response_id", "service_tier")
    return {
        **{name: clean.text(name, fields.get(name)) or getattr(reading, name) for name in names},
        "output_messages": reading.output_messages,
        "output_value": reading.output_value,
        "usage": usage or reading.usage,
    }


def _typed(kind: type[Any], values: Any) -> tuple[Any, ...]:
    given = values if isinstance(values, (list, tuple)) else ()
    return tuple(value for value in given if isinstance(value, kind))


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
