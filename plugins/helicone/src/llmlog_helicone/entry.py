"""A payload as a request of the manual logger: what was asked, what was answered, and when.

Source: the types in the vendor's documentation. Its worker makes HTTP headers of `meta`, so that
names and values are those of headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import printable
from urllib.parse import quote

from llmlog import Payload, Usage
from llmlog.chat import chat, choices, present, text_of
from llmlog.message import JSON

ABORTED, FAILED = -3, 500
_TYPES: Mapping[str, str] = {
    "tool": "tool", "retrieval": "vector_db", "agent": "data", "chain": "data", "guardrail": "data",
}  # fmt: skip
_SAFE = "".join(set(printable) - set("\t\n\r\x0b\x0c"))


def route(payload: Payload) -> str:
    """Return the place for a call: that of OpenAI's calls, which Helicone prices, or of others."""
    return "oai" if payload.provider_name == "openai" and payload.kind not in _TYPES else "custom"


def entry(payload: Payload) -> dict[str, JSON]:
    """Return the log of a call."""
    openai = "https://api.openai.com/v1/" + (
        "embeddings" if payload.kind == "embedding" else "chat/completions"
    )
    typed = payload.kind in _TYPES
    return {
        "providerRequest": {
            "url": openai if route(payload) == "oai" else "custom-model-nopath",
            "json": _operation(payload, payload.input_value, "input") if typed else _ask(payload),
            "meta": {name: _header(value) for name, value in _meta(payload)},
        },
        "providerResponse": {
            "headers": {},
            "status": _status(payload),
            "json": _answer(payload),
        },
        "timing": _timing(payload),
    }


def _ask(payload: Payload) -> dict[str, JSON]:
    return present({
        **payload.parameters,
        "model": payload.request_model,
        "messages": chat(payload.input_messages) or None,
        "input": payload.input_value,
        "tools": list(payload.tools) or None,
        "stream": payload.stream,
    })  # fmt: skip


def _operation(payload: Payload, value: JSON, name: str) -> dict[str, JSON]:
    """Return what Helicone calls a tool, a vector database or data."""
    kind = _TYPES[payload.kind]
    label = {"tool": "toolName", "vector_db": "operation"}.get(kind, "name")
    return present({"_type": kind, label: payload.name or payload.kind, name: value})


def _answer(payload: Payload) -> dict[str, JSON]:
    """Return the answer in OpenAI's shape, from which Helicone reads tokens; or the error."""
    error = payload.error
    if error is not None:
        said = {"type": error.type, "message": error.message, "code": error.code}
        return {"error": present(said)}
    if payload.kind in _TYPES:
        return _operation(payload, payload.output_value, "output")
    return present({
        "id": payload.response_id,
        "object": "list" if payload.kind == "embedding" else "chat.completion",
        "model": payload.model,
        "choices": choices(payload.output_messages) or None,
        "data": payload.output_value,
        "usage": _usage(payload.usage or Usage()) or None,
    })  # fmt: skip


def _usage(usage: Usage) -> dict[str, JSON]:
    cached = present({"cached_tokens": usage.cache_read_tokens})
    reasoned = present({"reasoning_tokens": usage.reasoning_tokens})
    return present({
        "prompt_tokens": usage.total_input_tokens,
        "completion_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": cached or None,
        "completion_tokens_details": reasoned or None,
    })  # fmt: skip


def _status(payload: Payload) -> int:
    if payload.status == "aborted":
        return ABORTED
    code = payload.error.status_code if payload.error else None
    return code or (FAILED if payload.failed else 200)


def _timing(payload: Payload) -> dict[str, JSON]:
    first_ns = payload.timing.time_to_first_token_ns
    return present({
        "startTime": _time(payload.timing.start_unix_ns),
        "endTime": _time(payload.timing.end_unix_ns),
        "timeToFirstToken": None if first_ns is None else first_ns // 1_000_000,
    })  # fmt: skip


def _time(unix_ns: int) -> dict[str, JSON]:
    seconds, rest_ns = divmod(unix_ns, 10**9)
    return {"seconds": seconds, "milliseconds": rest_ns // 1_000_000}


def _meta(payload: Payload) -> Iterator[tuple[str, JSON]]:
    """Yield Helicone's own headers, and the user's properties."""
    known = {
        "Request-Id": payload.id,
        "User-Id": payload.user_id,
        "Session-Id": payload.session_id or payload.trace_id,
        "Session-Path": "/" + "/".join([*payload.ancestor_ids, payload.id]),
        "Session-Name": payload.service_name,
        "Prompt-Id": payload.prompt_name,
        "Property-Kind": payload.kind,
        "Property-Status": payload.status,
        "Property-Provider": payload.provider_name,
        "Property-Environment": payload.environment,
        "Property-Release": payload.release,
        "Property-Tags": ", ".join(payload.tags) or None,
        "Property-Cost": payload.cost and payload.cost.total,
    }
    for name, value in {**payload.attributes, **payload.metadata}.items():
        yield f"Helicone-Property-{re.sub('[^A-Za-z0-9_-]', '-', name) or '-'}", value
    for name, value in known.items():
        if value is not None:
            yield f"Helicone-{name}", value


def _header(value: JSON) -> str:
    """Return a value as a header may have it: what is not printable ASCII is percent-encoded."""
    return quote(text_of(value), safe=_SAFE)
