"""A payload as a span of the bulk route, with the request log that it stands for.

Source: `CreateSpansBulk`, `Span` and `LogRequest` of the vendor's OpenAPI specification.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Error, Media, Message, Payload, Reasoning, Text, Usage
from llmlog.chat import chat, data_url, present, text_of
from llmlog.fact import dollars, rest, title
from llmlog.instant import utc
from llmlog.message import JSON, Part
from llmlog.wording import within

PLACED = ("trace_id", "span_id", "parent_span_id", "ancestor_ids", "name", "timing", "tools",
          "input_value", "output_value")  # fmt: skip
_INTERNAL = ("tool", "agent", "chain", "guardrail")
_MEDIA = ("modality", "mime_type", "uri", "file_id")
_ROLES = ("system", "user", "assistant", "tool", "developer")
_ERRORS: Mapping[int, str] = {
    401: "PROVIDER_AUTH_ERROR", 403: "PROVIDER_AUTH_ERROR", 402: "PROVIDER_QUOTA_LIMIT",
    408: "PROVIDER_TIMEOUT", 504: "PROVIDER_TIMEOUT", 429: "PROVIDER_RATE_LIMIT",
}  # fmt: skip


def span(payload: Payload) -> dict[str, JSON]:
    """Return the span of a call."""
    code = "StatusCode.ERROR" if payload.failed else "StatusCode.OK"
    reason = payload.error.message if payload.error else payload.status
    said = {"input": payload.input_value, "output": payload.output_value}
    service = present({"service.name": payload.service_name})
    return present({
        "name": title(payload),
        "context": {"trace_id": payload.trace_id, "span_id": payload.span_id, "trace_state": ""},
        "kind": f"SpanKind.{'INTERNAL' if payload.kind in _INTERNAL else 'CLIENT'}",
        "parent_id": payload.parent_span_id,
        "start_time": payload.timing.start_unix_ns,
        "end_time": payload.timing.end_unix_ns,
        "status": {"status_code": code, **({"description": reason} if payload.failed else {})},
        "attributes": {**_facts(payload), **present(said)},
        "resource": {"attributes": service, "schema_url": ""},
        "log_request": _log(payload),
    })  # fmt: skip


def _log(payload: Payload) -> dict[str, JSON] | None:
    """Return the request log; None where there is no conversation, or no model known."""
    talked = payload.input_messages or payload.output_messages
    if not (talked and payload.provider_name and payload.model):
        return None
    usage, version = payload.usage or Usage(), payload.prompt_version or ""
    number = int(version) if version.isdecimal() and int(version) > 0 else None
    return present({
        "provider": payload.provider_name,
        "model": payload.model,
        "input": {**_chat(payload.input_messages), **_tools(payload)},
        "output": _chat(payload.output_messages),
        "request_start_time": _time(payload.timing.start_unix_ns),
        "request_end_time": _time(payload.timing.end_unix_ns),
        "parameters": dict(payload.parameters) or None,
        "tags": [tag[:512] for tag in payload.tags] or None,
        "metadata": _metadata(payload) or None,
        "prompt_name": payload.prompt_name,
        "prompt_version_number": number if payload.prompt_name else None,
        "input_tokens": usage.total_input_tokens,
        "output_tokens": usage.total_output_tokens,
        "price": dollars(payload).total,
        "function_name": payload.name,
        **_outcome(payload),
    })  # fmt: skip


def _chat(messages: tuple[Message, ...]) -> dict[str, JSON]:
    return {"type": "chat", "messages": [_message(item) for item in chat(
        messages, _block, shown=(Text, Reasoning, Media)
    )]}  # fmt: skip


def _message(item: JSON) -> JSON:
    """Return a message whose content is a list of blocks, and whose calls have ids."""
    content = item.get("content", "")
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    calls = [{"id": "", **call} for call in item.get("tool_calls", ())]
    role = item["role"] if item["role"] in _ROLES else "user"
    answered = {"tool_call_id": item.get("tool_call_id", "")} if role == "tool" else {}
    return {"role": role, "content": blocks, **({"tool_calls": calls} if calls else {}), **answered}


def _block(part: Part) -> JSON:
    if isinstance(part, Text):
        return {"type": "text", "text": part.content}
    if isinstance(part, Reasoning):
        said = {"thinking": part.content, "signature": part.signature}
        return {"type": "thinking", **present(said)}
    url = data_url(part) if isinstance(part, Media) and part.modality == "image" else None
    if url is not None:
        return {"type": "image_url", "image_url": {"url": url}}
    about = {name: getattr(part, name, None) for name in _MEDIA}
    return {"type": "text", "text": text_of(present(about))}


def _tools(payload: Payload) -> dict[str, JSON]:
    """Return the tools that are functions with a name: others have no place."""
    named = [tool for tool in payload.tools if isinstance(tool, dict)
             and isinstance(tool.get("function"), dict) and "name" in tool["function"]]  # fmt: skip
    return {"tools": named} if named else {}


def _outcome(payload: Payload) -> dict[str, JSON]:
    """Return how a failed call ended, in PromptLayer's words."""
    if payload.status == "aborted":
        return {"status": "WARNING", "error_type": "PROVIDER_PARTIAL_RESPONSE"}
    if not payload.failed:
        return {}
    error = payload.error or Error(type=payload.status, message=payload.status)
    kind = "PROVIDER_TIMEOUT" if "timeout" in error.type.lower() else "UNKNOWN_ERROR"
    known = "PROVIDER_ERROR" if error.status_code else kind
    why, words = _ERRORS.get(error.status_code or 0, known), error.words
    return {"status": "ERROR", "error_type": why, "error_message": within(words, 1024)}


def _metadata(payload: Payload) -> dict[str, JSON]:
    known = {
        "llmlog_id": payload.id, "user_id": payload.user_id, "session_id": payload.session_id,
        "environment": payload.environment, "release": payload.release,
    }  # fmt: skip
    given = {**payload.attributes, **present(known), **payload.metadata}
    return {name[:1024]: text_of(value) for name, value in given.items()}


def _facts(payload: Payload) -> dict[str, JSON]:
    """Return every fact, by the record's own names; a conversation is in the request log."""
    talk = () if _log(payload) is None else ("input_messages", "output_messages")
    reasons = present({"finish_reasons": list(payload.finish_reasons) or None})
    return {**rest(payload, *PLACED, *talk), **reasons}


def _time(unix_ns: int) -> str:
    return utc(unix_ns).isoformat(timespec="microseconds")
