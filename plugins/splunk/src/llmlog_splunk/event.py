"""One call as one event: the record, and what one searches for as indexed fields."""

from __future__ import annotations

from llmlog import Payload
from llmlog.chat import present
from llmlog.fact import level
from llmlog.message import JSON
from llmlog.sums import summed
from llmlog_splunk.settings import Settings


def event(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return an event; its time is the start of the call, in seconds."""
    seconds, rest = divmod(payload.timing.start_unix_ns, 10**9)
    return present({
        "time": f"{seconds}.{rest // 1_000_000:03d}",
        "host": settings.host or payload.host_name,
        "source": settings.source,
        "sourcetype": settings.sourcetype,
        "index": settings.index,
        "event": _record(payload),
        "fields": fields(payload) if settings.indexed_fields else None,
    })  # fmt: skip


def _record(payload: Payload) -> dict[str, JSON]:
    """Return the record with its sums, which Splunk would have to add up."""
    return summed(payload)


def fields(payload: Payload) -> dict[str, JSON]:
    """Return the indexed fields: texts, and lists of texts."""
    found: dict[str, JSON] = {
        "call_id": payload.id, "trace_id": payload.trace_id, "span_id": payload.span_id,
        "level": level(payload), "status": payload.status,
        "kind": payload.kind, "provider": payload.provider_name, "model": payload.model,
        "user": payload.user_id, "session": payload.session_id, "team": payload.team_id,
        "service": payload.service_name, "environment": payload.environment,
        "error_type": payload.error and payload.error.type, "tag": list(filter(None, payload.tags)),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}
