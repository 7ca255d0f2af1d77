"""One call as one line of the line protocol.

Points of one moment and equal tags are one point to InfluxDB, the last. Two calls are never one:
the time is the start of the call to the millisecond, and its last six digits are made of the id.
"""

from __future__ import annotations

import re
from hashlib import sha256

from attrs import asdict

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.message import JSON
from llmlog_influxdb.settings import TAGS, Settings

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\x85]+")
LONGEST = 1024
LARGEST = 2**63


def point(settings: Settings, payload: Payload) -> bytes:
    """Return the line of a call: numbers and ids, nothing that was said."""
    found = {name: getattr(payload, TAGS[name]) for name in settings.tags}
    tags = "".join(f",{name}={made}" for name, value in sorted(found.items())
                   if (made := _key(value or "")))  # fmt: skip
    values = ",".join(f"{name}={_value(value)}" for name, value in fields(payload).items())
    return f"{_key(settings.measurement)}{tags} {values} {_time(payload)}".encode()


def _time(payload: Payload) -> int:
    digest = int.from_bytes(sha256(payload.id.encode()).digest()[:8], "big")
    return payload.timing.start_unix_ns // 1_000_000 * 1_000_000 + digest % 1_000_000


def fields(payload: Payload) -> dict[str, JSON]:
    """Return what is known of a call; times are milliseconds."""
    usage, timing, cost = payload.usage or Usage(), payload.timing, payload.cost
    counts = {name: count for name, count in asdict(usage).items() if name.endswith("_tokens")}
    return present({
        "id": payload.id, "trace_id": payload.trace_id, "span_id": payload.span_id,
        "parent_span_id": payload.parent_span_id, "name": payload.name,
        "response_model": payload.response_model, "response_id": payload.response_id,
        "session": payload.session_id, "user": payload.user_id, "tags": ",".join(payload.tags),
        "duration_ms": timing.duration_ms,
        "time_to_first_token_ms": timing.first_token_ms,
        **counts, "total_input_tokens": usage.total_input_tokens,
        "total_output_tokens": usage.total_output_tokens, "total_tokens": usage.total_tokens,
        "cost": cost and cost.total, "currency": cost and cost.currency,
        "cost_saved": payload.cost_saved, "stream": payload.stream,
        "cache_hit": payload.cache_hit, "attempts": len(payload.attempts) or None,
        "error_type": payload.error and payload.error.type,
        "error_code": payload.error and payload.error.code,
        "error_status_code": payload.error and payload.error.status_code,
        "sample_weight": payload.sample_weight,
    })  # fmt: skip


def _value(value: JSON) -> str:
    """Return a field's value: an integer ends with i, a text is in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{min(value, LARGEST - 1)}i"
    if isinstance(value, float):
        return repr(value)
    text = _CONTROL.sub(" ", value)[:LONGEST].replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _key(text: str) -> str:
    """Return a name or a tag's value, with the signs escaped that would end it."""
    plain = _CONTROL.sub(" ", text)[:LONGEST].strip().replace("\\", "/")
    return re.sub(r"([,= ])", r"\\\1", plain)
