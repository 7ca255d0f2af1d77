"""One call as one message of RFC 5424."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import evolve

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.instant import iso
from llmlog.payload import Change
from llmlog.schema import to_json
from llmlog_syslog.settings import FACILITIES, Settings

SEVERITIES: Mapping[str, int] = {"failure": 3, "aborted": 4, "blocked": 4, "success": 6}
_CUT = Change(path="", action="cut", rule="syslog: message_bytes")


def message(settings: Settings, payload: Payload) -> bytes:
    """Return the message of a call, without its content if it is too long."""
    whole = _message(settings, payload)
    return whole if len(whole) <= settings.message_bytes else _message(settings, _short(payload))


def _message(settings: Settings, payload: Payload) -> bytes:
    priority = FACILITIES.index(settings.facility) * 8 + SEVERITIES[payload.status]
    name = payload.service_name or settings.app_name
    words = (iso(payload.timing.end_unix_ns), _word(payload.host_name, 255), _word(name, 48),
             "-", _word(payload.kind, 32), _data(settings, payload))  # fmt: skip
    head = f"<{priority}>1 {' '.join(words)} "
    return head.encode() + to_json(payload)


def _short(payload: Payload) -> Payload:
    return evolve(
        payload, input_messages=(), output_messages=(), input_value=None, output_value=None,
        tools=(), changes=(*payload.changes, _CUT),
    )  # fmt: skip


def _word(text: str | None, longest: int) -> str:
    """Return a text as the header takes it: printable ASCII without spaces; - for none."""
    return re.sub(r"[^\x21-\x7e]+", "_", text or "")[:longest] or "-"


def _data(settings: Settings, payload: Payload) -> str:
    """Return the structured data: what one filters by."""
    usage = payload.usage or Usage()
    known = present({
        "id": payload.id, "trace_id": payload.trace_id, "span_id": payload.span_id,
        "status": payload.status, "provider": payload.provider_name, "model": payload.model,
        "user": payload.user_id, "session": payload.session_id,
        "environment": payload.environment, "duration_ms": payload.timing.duration_ns / 1e6,
        "input_tokens": usage.total_input_tokens, "output_tokens": usage.total_output_tokens,
        "cost": payload.cost and payload.cost.total,
        "error": payload.error and payload.error.type,
    })  # fmt: skip
    pairs = (f'{name}="{_escaped(str(value))}"' for name, value in known.items() if value != "")
    return f"[{settings.structured_data} {' '.join(pairs)}]"


def _escaped(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else "?" for sign in text[:256])
    return re.sub(r'(["\\\]])', r"\\\1", plain)
