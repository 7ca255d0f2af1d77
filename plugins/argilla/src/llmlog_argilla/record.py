"""A payload as a record of a dataset: fields that people read, metadata that they filter by.

Source: `RecordUpsert` and `ChatFieldValue` of the vendor's server, with their limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from llmlog import Message, Payload, Usage
from llmlog.chat import chat, present, text_of
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.schema import to_dict

MAX_MESSAGES, MAX_ROLE, MAX_CONTENT = 500, 20, 20_000


def record(payload: Payload, fields: Mapping[str, str], metadata: Iterable[str]) -> dict[str, JSON]:
    """Return the record of a call, with these fields and these metadata properties."""
    known = _facts(payload)
    kept = {name: known[name] for name in metadata if name in known}
    return {
        "external_id": payload.id,
        "fields": present({field: SOURCES[source](payload) for field, source in fields.items()}),
        **({"metadata": kept} if kept else {}),
    }


def _messages(payload: Payload) -> JSON:
    """Return the conversation for a chat field, whose content is text; None without one."""
    said = [made for message in payload.input_messages for made in _said(message)]
    return said[-MAX_MESSAGES:] or None


def _said(message: Message) -> Iterable[dict[str, JSON]]:
    """Yield what was said as texts that are not empty; tool calls and media are JSON text."""
    for item in chat([message]):
        words = [text_of(item["content"]) if item["content"] else ""]
        words += [text_of(call) for call in item.get("tool_calls", ())]
        content = "\n".join(filter(None, words))
        if content:
            role = str(item["role"])[:MAX_ROLE] or "unknown"
            yield {"role": role, "content": content[:MAX_CONTENT]}


def _prompt(payload: Payload) -> JSON:
    """Return what the user said last, else the value that went in."""
    said = (message.text for message in reversed(payload.input_messages) if message.role == "user")
    value = payload.input_value
    return next(said, None) or (None if value is None else text_of(value))


def _response(payload: Payload) -> JSON:
    """Return the answers as text, else the value that came out, else why there is none."""
    said = [str(made["content"]) for message in payload.output_messages for made in _said(message)]
    if said:
        return "\n\n".join(said)
    if payload.output_value is not None:
        return text_of(payload.output_value)
    error = payload.error
    return error.words if error else None


SOURCES: Mapping[str, Callable[[Payload], JSON]] = {
    "messages": _messages, "prompt": _prompt, "response": _response, "record": to_dict,
}  # fmt: skip
"""What a field can hold: a chat field, texts, and the whole record for a custom field."""


def _facts(payload: Payload) -> dict[str, JSON]:
    """Return what a metadata property can hold; the user's own keys win."""
    usage, error = payload.usage or Usage(), payload.error
    names = ("kind", "status", "name", "session_id", "user_id", "trace_id", "environment",
             "release", "service_name", "prompt_name", "prompt_version")  # fmt: skip
    return present({
        **{name: getattr(payload, name) for name in names},
        "provider": payload.provider_name,
        "model": payload.model,
        "tags": list(payload.tags) or None,
        "input_tokens": usage.total_input_tokens,
        "output_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
        "cost": dollars(payload).total,
        "duration_s": payload.timing.duration_ns / 1e9,
        "time_to_first_token_s": payload.timing.first_token_s,
        "error_type": error and error.type,
        **payload.metadata,
    })  # fmt: skip
