"""What OpenAI's own client hands out reads as llmlog's words, by its own models."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from llmlog.message import Message, Text, ToolCall
from llmlog.plain import plain
from llmlog.reading import assemble, read_error, read_messages, read_response

openai = pytest.importorskip("openai")
chat = pytest.importorskip("openai.types.chat")
responses = pytest.importorskip("openai.types.responses")
types = pytest.importorskip("openai.types")

USAGE = {
    "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 100, "audio_tokens": 0},
}  # fmt: skip
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
COMPLETION = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini",
    "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": None, "message": {
        "role": "assistant", "content": "Hello", "refusal": None, "tool_calls": [CALL]}}],
    "usage": USAGE,
}  # fmt: skip
ANSWER = Message(
    role="assistant",
    finish_reason="tool_calls",
    parts=[Text(content="Hello"), ToolCall(id="c", name="f", arguments={"a": 1})],
)


def made(kind: Any, value: Any) -> Any:
    """Return the plain form of the client's own model of a value."""
    return plain(kind.model_validate(value))[0]


def test_a_chat_completion() -> None:
    reading = read_response(made(chat.ChatCompletion, COMPLETION))
    assert reading.output_messages == (ANSWER,)
    assert reading.usage is not None
    assert (reading.usage.input_tokens, reading.usage.output_tokens) == (86, 200)
    assert reading.usage.total_tokens == USAGE["total_tokens"]


def test_an_answer_goes_back_in_as_a_message() -> None:
    answer = chat.ChatCompletion.model_validate(COMPLETION).choices[0].message
    (message,) = read_messages(plain([answer])[0])
    assert message.parts == ANSWER.parts


def test_chunks_read_as_the_whole() -> None:
    fragments = [
        {"index": 0, **CALL, "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"a":'}},
        {"index": 0, "function": {"arguments": " 1}"}},
    ]
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"role": "assistant", "content": ""}, None), ({"content": "Hel"}, None),
        ({"content": "lo"}, None), *(({"tool_calls": [fragment]}, None) for fragment in fragments),
        ({}, "tool_calls"),
    ]  # fmt: skip
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "gpt-4o-mini"}  # fmt: skip
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": end}], "usage": None}
        for delta, end in deltas
    ]
    chunks.append({**head, "choices": [], "usage": USAGE})
    streamed = read_response(assemble([made(chat.ChatCompletionChunk, chunk) for chunk in chunks]))
    assert streamed == read_response(made(chat.ChatCompletion, COMPLETION))


def test_a_response_and_its_events() -> None:
    response = {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed",
        "model": "gpt-4.1", "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "Hi there", "annotations": []}]}],
        "usage": {"input_tokens": 37, "output_tokens": 11, "total_tokens": 48,
                  "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                  "output_tokens_details": {"reasoning_tokens": 4}},
    }  # fmt: skip
    whole = read_response(made(responses.Response, response))
    assert whole.output_messages[0].text == "Hi there"
    delta = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 1,
             "content_index": 0, "delta": "Hi there", "logprobs": [],
             "sequence_number": 1}  # fmt: skip
    end = {"type": "response.completed", "response": response, "sequence_number": 2}
    events = [made(responses.ResponseTextDeltaEvent, delta),
              made(responses.ResponseCompletedEvent, end)]  # fmt: skip
    assert read_response(assemble(events)) == whole
    assert read_response(assemble(events[:1])).output_messages[0].text == "Hi there"


def test_embeddings() -> None:
    vector = {"object": "embedding", "index": 0, "embedding": [0.1] * 8}
    raw = {"object": "list", "model": "text-embedding-3-small", "data": [vector],
           "usage": {"prompt_tokens": 8, "total_tokens": 8}}  # fmt: skip
    reading = read_response(made(types.CreateEmbeddingResponse, raw))
    assert reading.output_value == {"count": 1, "dimensions": 8}


def test_errors_of_the_client() -> None:
    body = {"error": {"message": "Rate limit reached", "type": "requests",
                      "code": "rate_limit_exceeded", "param": None}}  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json=body, headers={"x-request-id": "req_1"}, request=request)

    request = httpx.Request("POST", "https://api.openai.com/v1/chat/completions")
    exception = openai.RateLimitError(
        "Error code: 429", response=answer(request), body=json.loads(json.dumps(body["error"]))
    )
    error = read_error(exception)
    assert (error.type, error.message) == ("RateLimitError", "Rate limit reached")
    assert (error.status_code, error.code, error.request_id, error.retryable) == (
        429, "rate_limit_exceeded", "req_1", True,
    )  # fmt: skip
    assert read_error(openai.APIConnectionError(request=request)).retryable is True
    assert read_error(openai.APITimeoutError(request=request)).retryable is True
