"""What may leave for one exporter. Everything here only ever hides more, never less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import evolve, field, frozen

from llmlog.guard import guarded
from llmlog.message import JSON, Media, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Change, Error, Payload

Content = Literal["full", "none"]
HIDDEN = "[hidden]"


@frozen(kw_only=True)
class Policy:
    """What one exporter may see.

    `content = "none"` hides messages, tool arguments and results, tool definitions, error texts
    and guardrail reasons; counts, costs, times, names and ids stay. `metadata` names the keys of
    metadata that may pass, None for all of them.
    """

    content: Content = "full"
    metadata: tuple[str, ...] | None = None
    hide_metadata: tuple[str, ...] = field(default=())

    def tightened(self, content: Content | None) -> Policy:
        """Return the stricter of this policy and a call's wish."""
        return evolve(self, content="none") if content == "none" else self

    def apply(self, payload: Payload) -> Payload:
        """Return what may pass; a payload without content if that fails."""
        return guarded(self._apply, payload, otherwise=lambda _: without_content(payload, "failed"))

    def _apply(self, payload: Payload) -> Payload:
        kept = self._metadata(payload.metadata)
        if len(kept) < len(payload.metadata):
            change = Change(path="metadata", action="hidden", rule="policy",
                            count=len(payload.metadata) - len(kept))  # fmt: skip
            payload = evolve(payload, metadata=kept, changes=(*payload.changes, change))
        return without_content(payload, "policy") if self.content == "none" else payload

    def _metadata(self, metadata: Mapping[str, JSON]) -> Mapping[str, JSON]:
        if self.metadata is None and not self.hide_metadata:
            return metadata
        return {
            key: value for key, value in metadata.items()
            if (self.metadata is None or key in self.metadata) and key not in self.hide_metadata
        }  # fmt: skip


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
        return evolve(part, uri=None, file_id=None, content=None)
    return Raw(value=HIDDEN)
