"""Hiding: a payload without its content."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from llmlog.message import JSON, Media, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Change, Error, Payload

HIDDEN = "[hidden]"


def without_content(payload: Payload, rule: str) -> Payload:
    """Return the payload with all content hidden and a note of it."""
    change = Change(path="content", action="hidden", rule=rule)
    return evolve(
        payload,
        input_messages=_hidden(payload.input_messages),
        output_messages=_hidden(payload.output_messages),
        input_value=None if payload.input_value is None else HIDDEN,
        output_value=None if payload.output_value is None else HIDDEN,
        tools=tuple(HIDDEN for _ in payload.tools),
        parameters={name: value for name, value in payload.parameters.items() if _harmless(value)},
        error=_without_text(payload.error),
        attempts=tuple(
            evolve(attempt, error=_without_text(attempt.error)) for attempt in payload.attempts
        ),
        guardrails=tuple(
            evolve(guardrail, reason=guardrail.reason and HIDDEN)
            for guardrail in payload.guardrails
        ),
        metadata=payload.metadata if rule == "policy" else {},
        attributes={},
        changes=(*payload.changes, change),
    )


def _harmless(value: JSON) -> bool:
    return value is None or isinstance(value, (bool, int, float))


def _without_text(error: Error | None) -> Error | None:
    return error and evolve(error, message=HIDDEN, stacktrace=None)


def _hidden(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(
        evolve(message, parts=tuple(_hide(part) for part in message.parts)) for message in messages
    )


def _hide(part: Part) -> Part:
    if isinstance(part, Text):
        return Text(content=HIDDEN)
    if isinstance(part, Reasoning):
        return Reasoning(content=HIDDEN)
    if isinstance(part, ToolCall):
        return evolve(part, arguments=HIDDEN)
    if isinstance(part, ToolResult):
        return evolve(part, response=HIDDEN)
    if isinstance(part, Media):
        return evolve(part, uri=None, file_id=None, content=None, sha256=None)
    return Raw(value=HIDDEN)
