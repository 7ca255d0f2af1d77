"""Payloads with a marked text in everything that is content, and payloads that are awkward."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from llmlog.message import Media, Message, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Error, Payload
from llmlog.testing.samples import sample

CANARY = "canary-7f3a9b21c4"


def with_canary(payload: Payload) -> Payload:
    """Return the payload with one text planted in everything that is content."""
    message = Message(role="user", parts=[
        Text(content=CANARY), Reasoning(content=CANARY, signature=CANARY),
        ToolCall(name="look_up", id="call-1", arguments={"q": CANARY}),
        ToolResult(id="call-1", response=[CANARY]),
        Media(modality="image", uri=f"https://example.com/{CANARY}", content=CANARY),
        Raw(value={"text": CANARY}),
    ])  # fmt: skip
    return evolve(
        payload,
        input_messages=(*payload.input_messages, message),
        output_messages=(*payload.output_messages, evolve(message, role="assistant")),
        input_value=CANARY if payload.input_value is not None else None,
        output_value={"value": CANARY} if payload.output_value is not None else None,
        tools=({"name": CANARY},),
        parameters={**payload.parameters, "stop": [CANARY]},
        error=_marked(payload.error),
        attempts=tuple(evolve(each, error=_marked(each.error)) for each in payload.attempts),
        guardrails=tuple(evolve(each, reason=CANARY) for each in payload.guardrails),
        attributes={"note": CANARY},
    )


def _marked(error: Error | None) -> Error | None:
    return error and evolve(error, message=CANARY, stacktrace=CANARY)


def awkward() -> Iterator[Payload]:
    """Yield payloads that mappings stumble over."""
    base = sample("chat")
    texts = ("", "\x00\x1b[31m", "a\r\nb", "\u202e\u2028", "{{7*7}} ${x} %s", "\U0001f600" * 50)
    for number, text in enumerate(texts):
        message = Message(role=text or "user", parts=[Text(content=text)], name=text)
        yield evolve(
            base, id=f"01a196fb-1600-7000-b000-{number:012x}", span_id=f"b{number:015x}",
            input_messages=(message,), name=text, request_model=text, provider_name=text,
            session_id=text, user_id=text, tags=(text, text), metadata={text: text, "a.b": None},
            parameters={text: [text, {"deep": {"er": [1, 2.5, True, None]}}]},
        )  # fmt: skip
    yield evolve(
        base, id="01a196fb-1600-7000-b000-0000000000ff", span_id="b0000000000000ff",
        input_messages=tuple(base.input_messages) * 100, metadata={"n": -(2**63)},
    )  # fmt: skip
