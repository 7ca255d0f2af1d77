"""From a span, or two of the same call, to llmlog's payload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from llmlog import Payload, Timing, Usage
from llmlog.bridging import (
    MODELS,
    Span,
    count,
    guarded,
    id_text,
    provider_named,
    read_response,
    read_span,
    rhythm,
)
from llmlog.payload import Change, ChunkTiming, Kind
from llmlog_otel_bridge.attribute import attributes_of
from llmlog_otel_bridge.outcome import error_of, status_of

_FRAMEWORKS = ("langchain", "llamaindex", "llama_index", "crewai", "haystack")
_ANSWERS = ("output_messages", "output_value", "usage")
_FIRST = ("First Token Stream Event", "gen_ai.content.completion.chunk")
_KEPT = (
    "gen_ai.agent.id", "gen_ai.agent.description", "gen_ai.tool.call.id", "gen_ai.tool.type",
    "gen_ai.task.id", "graph.node.id", "graph.node.parent_id", "http.response.status_code",
    "mcp.session.id", "mcp.method.name", "traceloop.workflow.name", "traceloop.entity.path",
)  # fmt: skip
_NOT_THEIRS = ("ls_", "lc_", "langgraph_", "__")


@frozen
class Story:
    """A span that ended, with those of the same call within it, and where it is."""

    kind: Kind
    span: Any
    inner: tuple[Any, ...]
    number: int
    place: Span
    around: Span | None
    within: Mapping[str, Any]


def payload_of(story: Story) -> Payload:
    """Return the payload; a bare one that says why where the attributes cannot be read."""
    bare = _bare(story)
    return guarded(_whole, story, bare, otherwise=lambda problem: evolve(
        bare, changes=(Change(path="", action="cut", rule=f"mapping:{type(problem).__name__}"),)
    ))  # fmt: skip


def _bare(story: Story) -> Payload:
    span, around = story.span, story.around
    outer = around.span_id if around else None
    if outer is None and span.parent is not None:
        outer = f"{span.parent.span_id:016x}"
    return Payload(
        id=id_text(story.number),
        kind=story.kind,
        status=status_of(span),
        timing=Timing(
            start_unix_ns=span.start_time, end_unix_ns=max(span.start_time, span.end_time)
        ),
        trace_id=story.place.trace_id,
        span_id=story.place.span_id,
        parent_span_id=outer,
        ancestor_ids=tuple(map(id_text, story.place.path[:-1])),
    )


def _whole(story: Story, bare: Payload) -> Payload:
    attributes = attributes_of(story.span)
    facts = read_span(story.kind, attributes)
    for span in story.inner:
        _add(facts, read_span(story.kind, attributes_of(span)))
    times = _times(story)
    provider = str(facts.pop("provider") or "").lower()
    if bare.status != "success" and not any(facts.get(name) for name in _ANSWERS):
        facts["response_model"] = None  # a name that was only asked for
    told: dict[str, Any] = {
        **facts,
        **_owner(story.within, facts),
        "name": facts.get("name") or _name(story),
        "provider_name": None if provider in _FRAMEWORKS else provider_named(provider),
        "usage": _counted(facts["usage"]),
        "stream": True if times else facts.get("stream"),
    }
    return evolve(
        bare,
        **told,
        timing=evolve(bare.timing, time_to_first_token_ns=_first_ns(story.span, times, attributes)),
        chunks=_rhythm(story.span, times),
        error=error_of(story.span, attributes),
        attributes=_kept(story.span, attributes),
    )


def _add(facts: dict[str, Any], inner: Mapping[str, Any]) -> None:
    """Fill in what only the inner span knows; a framework is no provider."""
    for name, value in inner.items():
        absent = facts.get(name) in (None, (), {}, [])
        if absent or (name == "provider" and str(facts.get(name)).lower() in _FRAMEWORKS):
            facts[name] = value


def _counted(usage: Any) -> Usage | None:
    if usage is None or isinstance(usage, Usage):
        return usage
    return read_response({"choices": [], "usage": usage}).usage


def _name(story: Story) -> str | None:
    return None if story.kind in MODELS else story.span.name


def _owner(within: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return whose it is: what the span says, else what the `llmlog.context` around said."""
    theirs = {name: value for name, value in (facts.get("metadata") or {}).items()
              if not str(name).startswith(_NOT_THEIRS)}  # fmt: skip
    return {
        "session_id": facts.get("session_id") or within.get("session"),
        "user_id": facts.get("user_id") or within.get("user"),
        "tags": (*map(str, within.get("tags", ())), *facts.get("tags", ())),
        "metadata": {**within.get("metadata", {}), **theirs},
    }


def _times(story: Story) -> list[int]:
    spans = (story.span, *story.inner)
    found = ([event.timestamp for event in span.events or () if event.name in _FIRST]
             for span in spans)  # fmt: skip
    return max(found, key=len)


def _first_ns(span: Any, times: list[int], attributes: Mapping[str, Any]) -> int | None:
    said = attributes.get("gen_ai.response.time_to_first_chunk")
    if isinstance(said, float):
        return int(said * 1e9)
    return max(0, times[0] - span.start_time) if times else None


def _rhythm(span: Any, times: list[int]) -> ChunkTiming | None:
    """Return the rhythm where each chunk left its time, not only the first."""
    each = any(event.name == _FIRST[1] for event in span.events or ())
    return rhythm(times) if times and each else None


def _kept(span: Any, attributes: Mapping[str, Any]) -> dict[str, Any]:
    scope = span.instrumentation_scope
    said = {name: attributes[name] for name in _KEPT if attributes.get(name) not in (None, "")}
    port = count(attributes.get("network.peer.port"))
    made = {**said, "otel.scope.name": scope.name if scope else None, "network.peer.port": port,
            "otel.scope.version": scope.version if scope else None}  # fmt: skip
    return {name: value for name, value in made.items() if value}
