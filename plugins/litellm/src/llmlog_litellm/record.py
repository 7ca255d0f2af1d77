"""From LiteLLM's standard payload to llmlog's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from attrs import evolve

from llmlog import Payload, Timing
from llmlog.bridging import address_of, guarded, id_text, items, mapping, provider_named, text
from llmlog.configuration import CoreSettings
from llmlog.payload import Change, Kind
from llmlog_litellm.attribute import attributes, rate_limit
from llmlog_litellm.content import content
from llmlog_litellm.cost import cost_of, saved
from llmlog_litellm.event import Event, seconds, times_ns
from llmlog_litellm.extra import retrievals, tool_call
from llmlog_litellm.outcome import error_of, guardrails, status_of
from llmlog_litellm.trying import attempts

_SECOND = 1_000_000_000
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("mcp", "tool"), ("text_completion", "text_completion"), ("embedding", "embedding"),
    ("rerank", "rerank"), ("image", "image"), ("speech", "speech"),
    ("transcription", "transcription"), ("moderation", "moderation"), ("batch", "batch"),
    ("realtime", "realtime"), ("search", "retrieval"), ("vector_store", "retrieval"),
    ("send_message", "agent"), ("completion", "chat"), ("responses", "chat"),
    ("messages", "chat"), ("generate_content", "chat"),
)  # fmt: skip
_KEY_FACTS = ("end_user_id", "user_id", "team_id", "org_id", "project_id", "alias", "hash")


def payloads(event: Event, settings: CoreSettings) -> Iterator[Payload]:
    """Give the record of the call, then those of the searches and tools that it tells of.

    Where the mapping fails, the record says so and holds what every record must.
    """
    bare = _bare(event, settings)
    made = guarded(_whole, bare, event, otherwise=lambda problem: (_broken(bare, problem),))
    yield from made


def _whole(bare: Payload, event: Event) -> tuple[Payload, ...]:
    payload = evolve(
        bare,
        **_request(event),
        **_owner(event),
        **content(event, bare.kind),
        cost=cost_of(event, guarded(version, "litellm", otherwise=lambda _: None)),
        cost_saved=saved(event),
        error=error_of(event),
        attempts=attempts(event),
        guardrails=guardrails(event),
        rate_limit=rate_limit(event),
        attributes=attributes(event),
    )
    return (payload, *retrievals(event, payload), *tool_call(event, payload))


def _broken(bare: Payload, problem: BaseException) -> Payload:
    change = Change(path="", action="cut", rule=f"mapping:{type(problem).__name__}")
    return evolve(bare, changes=(change,))


def _bare(event: Event, settings: CoreSettings) -> Payload:
    span = event.span
    return Payload(
        id=event.id,
        kind=kind_of(event),
        status=status_of(event),
        timing=_timing(event),
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=event.parent.span_id if event.parent else None,
        ancestor_ids=tuple(map(id_text, event.parent.path)) if event.parent else (),
        environment=settings.environment,
        service_name=settings.service,
        release=settings.release,
    )


def kind_of(event: Event) -> Kind:
    """Return what LiteLLM's call type is; `chain` for what is no call of a model."""
    called = str(event.standard.get("call_type") or "completion")
    return next((kind for mark, kind in _KINDS if mark in called), "chain")


def _timing(event: Event) -> Timing:
    """Return when it ran: from the beginning of the first try to the end of the last."""
    said = event.standard
    own_ns, end_ns = times_ns(said)
    start_ns = times_ns(event.earlier[0].standard)[0] if event.earlier else own_ns
    first_s, own_s = seconds(said.get("completionStartTime")) or 0.0, own_ns / _SECOND
    streamed = said.get("stream") is True and own_ns < int(first_s * _SECOND) < end_ns
    return Timing(
        start_unix_ns=start_ns,
        end_unix_ns=end_ns,
        time_to_first_token_ns=(
            own_ns - start_ns + int((first_s - own_s) * _SECOND) if streamed else None
        ),
    )


def _request(event: Event) -> dict[str, Any]:
    said = event.standard
    hidden = mapping(said.get("hidden_params"))
    address = address_of(text(said.get("api_base")) or text(hidden.get("api_base")))
    return {
        "provider_name": provider_named(text(said.get("custom_llm_provider"))),
        "request_model": text(said.get("model")),
        "server_address": address[0],
        "server_port": address[1],
        "deployment_id": text(said.get("model_id")) or text(hidden.get("model_id")),
        "model_alias": text(said.get("model_group")),
        "stream": said.get("stream"),
        "cache_hit": said.get("cache_hit"),
        "cache_key": text(said.get("cache_key")) or text(hidden.get("cache_key")),
    }


def _owner(event: Event) -> dict[str, Any]:
    said, within = event.standard, event.within
    facts = mapping(said.get("metadata"))
    prompt = mapping(facts.get("prompt_management_metadata"))
    known = {name: text(facts.get(f"user_api_key_{name}")) for name in _KEY_FACTS}
    tags = [tag for tag in map(str, items(said.get("request_tags"))) if not _names_agent(tag)]
    return {
        "session_id": text(said.get("session_id")) or event.session or within.get("session"),
        "user_id": text(said.get("end_user")) or known["end_user_id"] or known["user_id"]
        or text(mapping(said.get("model_parameters")).get("user")) or within.get("user"),
        "team_id": known["team_id"],
        "organization_id": known["org_id"],
        "project_id": known["project_id"],
        "key_alias": known["alias"],
        "key_hash": known["hash"],
        "prompt_name": text(prompt.get("prompt_id")),
        "tags": (*map(str, within.get("tags", ())), *tags),
        "metadata": {
            **within.get("metadata", {}), **event.metadata,
            **mapping(facts.get("requester_metadata")),
        },
    }  # fmt: skip


def _names_agent(tag: str) -> bool:
    """Say whether a tag is one of those that LiteLLM makes of the caller's program."""
    return tag.lower().startswith("user-agent:")
