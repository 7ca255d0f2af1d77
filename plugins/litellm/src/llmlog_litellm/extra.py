"""Records of their own for what happened within a call: searches and tools."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from llmlog import Payload, Timing
from llmlog.bridging import id_from, id_text, items, mapping, text
from llmlog_litellm.event import Event, seconds

_SECOND = 1_000_000_000


def _within(whole: Payload, start_s: float, name: str) -> Payload:
    """Return the beginnings of a record under another one."""
    number = id_from(int(start_s * 1000) * 1_000_000, f"{whole.id}:{name}")
    return Payload(
        id=id_text(number),
        kind="tool",
        status="success",
        timing=whole.timing,
        trace_id=whole.trace_id,
        span_id=f"{number:032x}"[16:],
        parent_span_id=whole.span_id,
        ancestor_ids=(*whole.ancestor_ids, whole.id),
        session_id=whole.session_id,
        user_id=whole.user_id,
        team_id=whole.team_id,
        environment=whole.environment,
        service_name=whole.service_name,
        release=whole.release,
        sdk_version=whole.sdk_version,
    )


def retrievals(event: Event, whole: Payload) -> Iterator[Payload]:
    """Give a record of each search in a vector store."""
    facts = mapping(event.standard.get("metadata"))
    for index, row in enumerate(map(mapping, items(facts.get("vector_store_request_metadata")))):
        start = seconds(row.get("start_time")) or whole.timing.start_unix_ns / _SECOND
        end = max(start, seconds(row.get("end_time")) or start)
        yield evolve(
            _within(whole, start, f"search {index}"),
            kind="retrieval",
            name=text(row.get("vector_store_id")),
            provider_name=text(row.get("custom_llm_provider")),
            timing=Timing(start_unix_ns=int(start * _SECOND), end_unix_ns=int(end * _SECOND)),
            input_value=row.get("query"),
            output_value=row.get("vector_store_search_response"),
        )


def tool_call(event: Event, whole: Payload) -> Iterator[Payload]:
    """Give a record of the tool that the call went to; LiteLLM does not say when it ran."""
    told = mapping(mapping(event.standard.get("metadata")).get("mcp_tool_call_metadata"))
    if told:
        start = whole.timing.start_unix_ns / _SECOND
        yield evolve(
            _within(whole, start, "tool"),
            name=text(told.get("namespaced_tool_name")) or text(told.get("name")),
            status=whole.status,
            input_value=told.get("arguments"),
            output_value=told.get("result"),
            attributes={f"mcp.{name}": value for name, value in told.items()
                        if name not in ("arguments", "result") and value not in (None, "")},
        )  # fmt: skip
