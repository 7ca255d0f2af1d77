"""Responses in every dialect say their output, model, id and usage.

The bodies are the examples of the vendors' API references; those of OpenAI pass through its
client's own models in `test_reading_openai.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmlog.message import Media, Message, Raw, Reasoning, Text, ToolCall
from llmlog.payload import Usage
from llmlog.reading import Reading, assemble, read_messages, read_response


def assistant(*parts: Any, end: str | None = None) -> Message:
    """Return what a model said."""
    return Message(role="assistant", parts=parts, finish_reason=end)


def test_a_text_is_what_the_model_says() -> None:
    assert read_response("hi") == Reading(output_messages=[assistant(Text(content="hi"))])


def test_every_choice_is_a_message() -> None:
    reading = read_response({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
        "service_tier": "default", "system_fingerprint": "fp_1",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {
                "role": "assistant", "content": "Hello!", "refusal": None, "annotations": []}},
            {"index": 1, "finish_reason": "tool_calls", "message": {
                "role": "assistant", "content": None, "tool_calls": [
                    {"id": "c", "type": "function",
                     "function": {"name": "f", "arguments": '{"a": 1}'}}]}},
        ],
    })  # fmt: skip
    assert reading.attributes == {"openai.response.system_fingerprint": "fp_1"}
    assert reading.output_messages == (
        assistant(Text(content="Hello!"), end="stop"),
        assistant(ToolCall(id="c", name="f", arguments={"a": 1}), end="tool_calls"),
    )
    assert (reading.response_model, reading.response_id, reading.service_tier, reading.usage) == (
        "gpt-4o-2024-08-06", "chatcmpl-1", "default", None,
    )  # fmt: skip


def test_spoken_answers_have_their_words() -> None:
    audio = {"id": "audio_1", "data": "UklG", "transcript": "Yes.", "expires_at": 1}
    choice = {"message": {"role": "assistant", "content": None, "audio": audio}}
    assert read_response({"choices": [choice]}).output_messages == (
        assistant(Media(modality="audio", file_id="audio_1", content="UklG"), Text(content="Yes.")),
    )


def test_a_text_completion() -> None:
    reading = read_response({
        "id": "cmpl-1", "object": "text_completion", "model": "gpt-3.5-turbo-instruct",
        "choices": [{"text": "\n\nThis is a test", "index": 0, "logprobs": None,
                     "finish_reason": "length"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
    })  # fmt: skip
    assert reading.output_messages == (assistant(Text(content="\n\nThis is a test"), end="length"),)


RESPONSE: dict[str, Any] = {
    "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-4.1-2025-04-14",
    "error": None, "incomplete_details": None, "service_tier": "default",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "reasoning", "id": "rs_2", "summary": []},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
            {"type": "output_text", "text": "Once upon a time", "annotations": []}]},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f",
         "arguments": "{}", "status": "completed"},
        {"type": "mcp_call", "id": "mcp_1", "name": "roll", "server_label": "dice",
         "arguments": "{}", "output": "4"},
        {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "iVBO",
         "output_format": "png"},
        {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["x"]},
    ],
    "usage": {"input_tokens": 36, "output_tokens": 87, "total_tokens": 123},
}  # fmt: skip


def test_a_response_is_one_message() -> None:
    reading = read_response(RESPONSE)
    (message,) = reading.output_messages
    assert message.finish_reason == "completed"
    assert message.text == "Once upon a time"
    assert [part.type for part in message.parts] == [
        "reasoning", "text", "tool_call", "tool_call", "tool_call_response", "media", "raw",
    ]  # fmt: skip
    assert (reading.response_id, reading.response_model) == ("resp_1", "gpt-4.1-2025-04-14")


def test_a_response_that_was_cut_says_why() -> None:
    cut = {**RESPONSE, "status": "incomplete", "output": [],
           "incomplete_details": {"reason": "max_output_tokens"}}  # fmt: skip
    assert read_response(cut).output_messages == (assistant(end="max_output_tokens"),)


def test_an_anthropic_message() -> None:
    reading = read_response({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "stop_reason": "tool_use", "stop_sequence": None,
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"},
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
            {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        ],
        "usage": {"input_tokens": 2095, "output_tokens": 503},
    })  # fmt: skip
    (message,) = reading.output_messages
    assert message.parts[:3] == (
        Reasoning(content="Hm.", signature="EqQB"),
        Text(content="I look."),
        ToolCall(id="toolu_1", name="f", arguments={"a": 1}),
    )
    assert message.parts[4].type == "tool_call_response"
    assert message.finish_reason == "tool_use"
    assert (reading.response_model, reading.response_id) == ("claude-sonnet-4-5", "msg_1")


def test_a_gemini_response() -> None:
    reading = read_response({
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]},
                        "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2, "totalTokenCount": 6},
        "modelVersion": "gemini-2.5-flash", "responseId": "r1",
    })  # fmt: skip
    assert reading.output_messages == (assistant(Text(content="Hi"), end="STOP"),)
    assert (reading.response_model, reading.response_id) == ("gemini-2.5-flash", "r1")


def test_a_prompt_that_gemini_refuses() -> None:
    reading = read_response({
        "promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4},
    })  # fmt: skip
    assert reading.output_messages == ()
    assert reading.output_value == {"prompt_feedback": {"blockReason": "SAFETY"}}


@pytest.mark.parametrize(
    ("vector", "dimensions"), [([0.1, 0.2, 0.3], 3), ("zczMPc3MTD6amZk+", 3), ([], None)]
)
def test_embeddings_are_counted_not_kept(vector: Any, dimensions: int | None) -> None:
    reading = read_response({
        "object": "list", "model": "text-embedding-3-small",
        "data": [{"object": "embedding", "embedding": vector, "index": index} for index in (0, 1)],
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    })  # fmt: skip
    assert reading.output_value == {"count": 2, "dimensions": dimensions}
    assert reading.response_model == "text-embedding-3-small"
    assert reading.usage == Usage(
        input_tokens=8, origin="provider", raw={"prompt_tokens": 8, "total_tokens": 8}
    )


@pytest.mark.parametrize(
    "raw", [{"embedding": {"values": [1.0, 2.0]}}, {"embeddings": [{"values": [1.0, 2.0]}]}]
)
def test_gemini_embeddings(raw: Any) -> None:
    assert read_response(raw).output_value == {"count": 1, "dimensions": 2}


def test_images_are_described_not_kept() -> None:
    reading = read_response({
        "created": 1, "size": "1024x1024", "quality": "high", "output_format": "png",
        "data": [{"b64_json": "iVBORw0K"}, {"url": "https://example.com/i.png"}],
        "usage": {"input_tokens": 50, "output_tokens": 50, "total_tokens": 100,
                  "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}},
    })  # fmt: skip
    assert reading.output_value == {
        "count": 2, "images": [{"bytes": 6}, {"url": "https://example.com/i.png"}],
        "size": "1024x1024", "quality": "high", "output_format": "png",
    }  # fmt: skip
    assert reading.usage is not None
    assert (reading.usage.input_tokens, reading.usage.input_image_tokens) == (10, 40)


def test_a_moderation_is_its_results() -> None:
    results = [{"flagged": True, "categories": {"violence": True}, "category_scores": {}}]
    reading = read_response({"id": "modr-1", "model": "omni-moderation", "results": results})
    assert (reading.output_value, reading.response_id) == (results, "modr-1")


def test_a_transcription_has_words_and_usage() -> None:
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59,
             "input_token_details": {"text_tokens": 0, "audio_tokens": 14}}  # fmt: skip
    reading = read_response({"text": "Imagine.", "usage": usage})
    assert reading.output_value == {"text": "Imagine."}
    assert reading.usage is not None
    assert (reading.usage.input_audio_tokens, reading.usage.input_tokens) == (14, 0)


def test_messages_are_taken_as_they_are() -> None:
    message = {"role": "assistant", "content": "hi"}
    assert read_response(message).output_messages == (assistant(Text(content="hi")),)
    assert read_response([message]).output_messages == (assistant(Text(content="hi")),)


@pytest.mark.parametrize(
    "value", [None, 1, True, [], [1, 2], {}, {"id": 5, "model": "T"}, {"output": "x"}]
)
def test_anything_else_is_the_output_value(value: Any) -> None:
    assert read_response(value) == Reading(output_value=value)


_WORDS = [
    "role",
    "content",
    "type",
    "text",
    "parts",
    "choices",
    "message",
    "delta",
    "usage",
    "index",
    "tool_calls",
    "function",
    "arguments",
    "name",
    "id",
    "output",
    "item",
    "response",
    "candidates",
    "embedding",
    "data",
    "results",
    "input_tokens",
    "prompt_tokens",
    "output_index",
    "input_tokens_details",
    "cached_tokens",
    "messages",
    "system",
    "object",
    "source",
    "audio",
    "error",
]
_TYPES = [
    "message",
    "text",
    "image_url",
    "input_image",
    "file",
    "image",
    "document",
    "tool_use",
    "tool_result",
    "thinking",
    "reasoning",
    "function_call",
    "function_call_output",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "message_delta",
    "response.created",
    "response.output_item.added",
    "response.output_text.delta",
    "response.completed",
    "transcript.text.delta",
    "image_generation.completed",
    "response",
    "blob",
]
_leaves = (
    st.none() | st.booleans() | st.integers(-5, 2**62) | st.sampled_from(_TYPES)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)  # fmt: skip
_anything = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=30,
)


@given(_anything)
def test_nothing_raises_whatever_comes(raw: Any) -> None:
    for message in (*read_messages(raw), *read_response(raw).output_messages):
        assert all(isinstance(part, (Text, Raw)) or part.type for part in message.parts)
    read_response(assemble(raw if isinstance(raw, list) else [raw]))
