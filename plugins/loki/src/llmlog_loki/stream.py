"""Calls as lines of streams.

Labels are few and never name a person or a call; ids, users and numbers are structured metadata.
The time is the end of the call, so that a line that comes again is the one that is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import Payload, Usage
from llmlog.chat import present, text_of
from llmlog.encoding import dumps_text
from llmlog.fact import level
from llmlog.message import JSON
from llmlog.schema import to_dict
from llmlog_loki.settings import LABELS, Settings

LONGEST = 2048


def streams(settings: Settings, batch: Sequence[Payload]) -> list[JSON]:
    """Return a stream for each set of labels, in the order of their first calls."""
    found: dict[tuple[tuple[str, str], ...], list[JSON]] = {}
    for payload in batch:
        key = tuple(labels(settings, payload).items())
        found.setdefault(key, []).append(line(settings, payload))
    return [{"stream": dict(key), "values": values} for key, values in found.items()]


def labels(settings: Settings, payload: Payload) -> dict[str, str]:
    """Return the labels of a call; what is empty is none."""
    own = {name: getattr(payload, LABELS[name]) for name in settings.labels}
    made = {name: value[:LONGEST] for name, value in own.items() if value}
    return {"job": "llmlog", "level": level(payload), **made, **settings.static_labels}


def line(settings: Settings, payload: Payload) -> list[JSON]:
    """Return time, record and structured metadata."""
    made: list[JSON] = [str(payload.timing.end_unix_ns), dumps_text(to_dict(payload))]
    return [*made, metadata(payload)] if settings.structured_metadata else made


def metadata(payload: Payload) -> dict[str, str]:
    """Return what one searches for beside labels; values are texts."""
    usage, timing = payload.usage or Usage(), payload.timing
    known = present({
        "call_id": payload.id, "trace_id": payload.trace_id, "span_id": payload.span_id,
        "parent_span_id": payload.parent_span_id, "name": payload.name,
        "provider": payload.provider_name, "model": payload.model,
        "session_id": payload.session_id, "user_id": payload.user_id, "team_id": payload.team_id,
        "duration_ms": timing.duration_ms,
        "time_to_first_token_ms": timing.first_token_ms,
        "input_tokens": usage.total_input_tokens, "output_tokens": usage.total_output_tokens,
        "cost": payload.cost and payload.cost.total,
        "currency": payload.cost and payload.cost.currency,
        "error_type": payload.error and payload.error.type,
        "tags": ",".join(payload.tags) or None,
    })  # fmt: skip
    return {name: text_of(value)[:LONGEST] for name, value in known.items()}
