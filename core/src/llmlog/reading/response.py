"""Responses: which dialect it is, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from llmlog.message import JSON, Message, Text
from llmlog.mould import mould
from llmlog.reading import chat, converse, gemini, responses, result
from llmlog.reading.access import either, items, mapping, text
from llmlog.reading.content import read_content
from llmlog.reading.conversation import read_messages
from llmlog.reading.reading import Reading
from llmlog.reading.usage import anthropic_usage, gemini_usage, openai_usage

Item = Mapping[str, JSON]
_reading = mould(Reading)
_FINGERPRINT = "openai.response.system_fingerprint"


def read_response(raw: JSON) -> Reading:
    """Read a response; what no dialect explains becomes the output value as it is."""
    if isinstance(raw, str):
        return Reading(output_messages=[Message(role="assistant", parts=[Text(content=raw)])])
    if isinstance(raw, list):
        spoken = bool(raw) and all(map(_is_message, raw))
        return Reading(output_messages=read_messages(raw)) if spoken else Reading(output_value=raw)
    item = mapping(raw)
    if type(item.get("choices")) is list:
        return _completion(item)
    reader = next((reader for fits, reader in _DIALECTS if fits(item)), None)
    return Reading(output_value=raw) if reader is None else reader(item)


def _is_message(raw: JSON) -> bool:
    item = mapping(raw)
    says = {"content", "parts", "tool_calls"}.intersection(item)
    return text(item.get("role")) is not None and bool(says)


def _is_anthropic(item: Item) -> bool:
    return item.get("type") == "message" and "usage" in item


def _is_responses(item: Item) -> bool:
    return item.get("object") == "response" or (
        isinstance(item.get("output"), list) and "id" in item and "model" in item
    )


def _is_gemini(item: Item) -> bool:
    return isinstance(item.get("candidates"), list) or isinstance(
        either(item, "usage_metadata"), dict
    )


def _completion(item: Item) -> Reading:
    usage = mapping(item.get("usage")) or mapping(mapping(item.get("x_groq")).get("usage"))
    return _envelope(item, usage, map(chat.read_choice, items(item.get("choices"))))


def _responses(item: Item) -> Reading:
    return _envelope(item, mapping(item.get("usage")), responses.read_output(item))


def _anthropic(item: Item) -> Reading:
    usage = mapping(item.get("usage"))
    message = Message(
        role=text(item.get("role")) or "assistant",
        parts=read_content(item.get("content")),
        finish_reason=text(item.get("stop_reason")),
    )
    return Reading(
        output_messages=[message],
        response_model=text(item.get("model")),
        response_id=text(item.get("id")),
        service_tier=text(usage.get("service_tier")),
        usage=anthropic_usage(usage),
    )


def _gemini(item: Item) -> Reading:
    refused = either(item, "prompt_feedback")
    candidates = items(item.get("candidates"))
    return Reading(
        output_messages=map(gemini.read_candidate, candidates),
        output_value={"prompt_feedback": refused} if refused and not candidates else None,
        response_model=text(either(item, "model_version")),
        response_id=text(either(item, "response_id")),
        usage=gemini_usage(mapping(either(item, "usage_metadata"))),
    )


def _messages(item: Item) -> Reading:
    return Reading(output_messages=read_messages(item))


def _value(item: Item) -> Reading:
    return evolve(_envelope(item, mapping(item.get("usage"))), output_value=result.read_value(item))


def _envelope(item: Item, usage: Item, messages: Iterable[Message] = ()) -> Reading:
    """Read what all of OpenAI's responses share, beside their messages."""
    return _reading(
        output_messages=messages,
        response_model=text(item.get("model")),
        response_id=text(item.get("id")),
        service_tier=text(item.get("service_tier")),
        usage=openai_usage(usage),
        cost_total=_cost(usage.get("cost")),
        attributes={_FINGERPRINT: mark} if (mark := text(item.get("system_fingerprint"))) else {},
    )


def _cost(raw: JSON) -> float | None:
    """Return the cost where the provider says it (OpenRouter; Perplexity as an object)."""
    if raw is None:
        return None
    total = mapping(raw).get("total_cost", raw)
    is_number = isinstance(total, (int, float)) and not isinstance(total, bool)
    return float(total) if is_number else None


_DIALECTS: tuple[tuple[Callable[[Item], bool], Callable[[Item], Reading]], ...] = (
    (lambda item: isinstance(item.get("choices"), list), _completion),
    (_is_responses, _responses),
    (_is_anthropic, _anthropic),
    (_is_gemini, _gemini),
    (converse.is_response, converse.read_response),
    (_is_message, _messages),
    (result.is_value, _value),
)
