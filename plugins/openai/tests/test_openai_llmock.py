"""Against llmock, a model server that is not ours: its answers, its faults, its own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from llmlog.testing.records import Records

llmock = pytest.importorskip("servers.llmock", reason="needs tests/servers of the repository")
pytestmark = pytest.mark.server

MESSAGES: Any = [{"role": "user", "content": "Say hello."}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                       "required": ["city"]},
    },
}  # fmt: skip


@pytest.fixture
def server(llmock_server: Any) -> Any:
    """Return the server, with nothing queued."""
    llmock.reset(llmock_server)
    return llmock_server


@pytest.fixture
def mocked(server: Any, wrapped: Callable[..., Any]) -> Any:
    """Return a wrapped client of llmock."""
    return wrapped(f"{server.url}/v1")


def test_a_chat_says_the_same_with_and_without(
    server: Any, mocked: openai.OpenAI, records: Records
) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-fake") as plain:
        without = plain.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
    answer = mocked.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
    assert answer.choices == without.choices
    first, second = (request["body"] for request in llmock.requests(server))
    assert second == first
    payload = records.one()
    assert payload.output_messages[0].text == answer.choices[0].message.content
    assert payload.usage is not None
    assert answer.usage is not None
    assert payload.usage.total_tokens == answer.usage.total_tokens


def test_a_stream_with_usage(mocked: openai.OpenAI, records: Records) -> None:
    chunks = list(mocked.chat.completions.create(
        model="gpt-4o-mini", messages=MESSAGES, stream=True,
        stream_options={"include_usage": True},
    ))  # fmt: skip
    payload = records.one()
    words = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert payload.output_messages[0].text == words
    assert payload.usage is not None
    assert chunks[-1].usage is not None
    assert payload.usage.total_tokens == chunks[-1].usage.total_tokens
    assert payload.chunks is not None
    assert payload.chunks.count == len(chunks)


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call(server: Any, mocked: openai.OpenAI, records: Records, stream: bool) -> None:
    llmock.script(server, llmock.call_tool("get_weather", city="Oslo"))
    answer = mocked.chat.completions.create(
        model="gpt-4o-mini", messages=MESSAGES, tools=[TOOL], stream=stream
    )
    if stream:
        list(answer)
    payload = records.one()
    (call,) = payload.output_messages[0].tool_calls
    assert (call.name, call.arguments) == ("get_weather", {"city": "Oslo"})
    assert payload.finish_reasons == ("tool_calls",)


def test_embeddings(mocked: openai.OpenAI, records: Records) -> None:
    answer = mocked.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert records.one().output_value == {
        "count": 2, "dimensions": len(answer.data[0].embedding),
    }  # fmt: skip


def test_a_rate_limit_that_passes_is_one_record(
    server: Any, mocked: openai.OpenAI, records: Records
) -> None:
    llmock.script(server, llmock.fail(429, retry_after=0.05))
    client = mocked.with_options(max_retries=2)
    list(client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, stream=True))
    payload = records.one()
    assert payload.status == "success"
    assert [attempt.status for attempt in payload.attempts] == ["failure", "success"]


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (500, True), (400, False)])
def test_a_refusal(
    server: Any, mocked: openai.OpenAI, records: Records, status: int, retryable: bool
) -> None:
    llmock.script(server, llmock.fail(status))
    with pytest.raises(openai.APIStatusError):
        mocked.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
    error = records.one().error
    assert error is not None
    assert (error.status_code, error.retryable) == (status, retryable)
    assert error.message


@pytest.mark.parametrize("kind", ["disconnect", "malformed"])
def test_a_broken_stream_is_a_failure(
    server: Any, mocked: openai.OpenAI, records: Records, kind: str
) -> None:
    llmock.script(server, llmock.break_stream(kind, after_chunks=3))
    with pytest.raises(Exception):  # noqa: B017  # the client raises as its version likes
        list(mocked.chat.completions.create(model="m", messages=MESSAGES, stream=True))
    payload = records.one()
    assert payload.status == "failure"
    assert payload.chunks is not None
    assert payload.chunks.count >= 1


def test_a_stream_left_early(
    llmock_slow_server: Any, wrapped: Callable[..., Any], records: Records
) -> None:
    client = wrapped(f"{llmock_slow_server.url}/v1")
    with client.chat.completions.create(model="m", messages=MESSAGES, stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    payload = records.one()
    assert payload.status == "aborted"
    assert payload.output_messages[0].text == chunk.choices[0].delta.content


async def _acount(client: openai.AsyncOpenAI) -> int:
    async with client:
        stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        return len([chunk async for chunk in stream])


def test_an_async_stream(server: Any, wrapped: Callable[..., Any], records: Records) -> None:
    import asyncio

    count = asyncio.run(_acount(wrapped(f"{server.url}/v1", openai.AsyncOpenAI)))
    payload = records.one()
    assert payload.chunks is not None
    assert (payload.status, payload.chunks.count) == ("success", count)
