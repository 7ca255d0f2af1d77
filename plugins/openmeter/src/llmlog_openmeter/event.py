"""One call as one CloudEvent, told apart by source and id."""

from __future__ import annotations

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.instant import iso
from llmlog.message import JSON
from llmlog_openmeter.settings import Settings


def event(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return the event of a call; its time is the end of it."""
    return {
        "specversion": "1.0",
        "id": payload.id,
        "source": settings.source,
        "type": settings.event_type,
        "subject": subject(settings, payload),
        "time": iso(payload.timing.end_unix_ns, "milliseconds"),
        "datacontenttype": "application/json",
        "data": data(payload),
    }


def subject(settings: Settings, payload: Payload) -> str:
    """Return whose usage a call is; raise `ValueError` if it is nobody's."""
    found = getattr(payload, settings.subject_by) or settings.default_subject
    if not found:
        field = settings.subject_by
        raise ValueError(f"no {field}: set default_subject, or give calls a {field}")
    return str(found)


def data(payload: Payload) -> dict[str, JSON]:
    """Return what a meter can add up or group by; nothing that was said."""
    usage, cost, timing = payload.usage or Usage(), payload.cost, payload.timing
    return present({
        "kind": payload.kind, "status": payload.status, "provider": payload.provider_name,
        "model": payload.model, "request_model": payload.request_model,
        "prompt_tokens": usage.total_input_tokens,
        "completion_tokens": usage.total_output_tokens, "total_tokens": usage.total_tokens,
        "input_tokens": usage.input_tokens, "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens, "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost": cost and cost.total, "currency": cost and cost.currency,
        "cost_saved": payload.cost_saved, "duration_ms": timing.duration_ns / 1e6,
        "cache_hit": payload.cache_hit, "error_type": payload.error and payload.error.type,
        "user": payload.user_id, "team": payload.team_id, "session": payload.session_id,
        "key_alias": payload.key_alias, "environment": payload.environment,
        "service": payload.service_name, "tags": list(payload.tags) or None,
        "trace_id": payload.trace_id, "response_id": payload.response_id,
    })  # fmt: skip
