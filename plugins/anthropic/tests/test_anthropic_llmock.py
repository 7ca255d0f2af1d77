"""Against llmock, a model server that is not ours: its answers, its faults, its own account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anthropic
import pytest

from llmlog.testing.records import Records

llmock = pytest.importorskip("servers.llmock", reason="needs tests/servers of the repository")
pytestmark = pytest.mark.server

ASK: Any = {"model": "claude-haiku-4-5", "max_tokens": 64,
            "messages": [{"role": "user", "content": "Say hello."}]}  # fmt: skip
TOOL: Any = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}},
                     "required": ["city"]},
}  # fmt: skip


@pytest.fixture
def server(llmock_server: Any) -> Any:
    """Return the server, with nothing queued."""
    llmock.reset(llmock_server)
    return llmock_server


@pytest.fixture
def mocked(server: Any, wrapped: Callable[..., Any]) -> Any:
    """Return a wrapped client of llmock."""
    return wrapped(f"{server.url}/anthropic")


def test_a_message_says_the_same_with_and_without(
    server: Any, mocked: anthropic.Anthropic, records: Records
) -> None:
    with anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="sk-fake") as plain:
        without = plain.messages.create(**ASK)
    answer = mocked.messages.create(**ASK)
    assert answer.content == without.content
    first, second = (request["body"] for request in llmock.requests(server))
    assert second == first
    payload = records.one()
    assert payload.output_messages[0].text == answer.content[0].text  # type: ignore[union-attr]
    assert payload.usage is not None
    assert payload.usage.total_input_tokens == answer.usage.input_tokens
    assert payload.usage.total_output_tokens == answer.usage.output_tokens


def test_a_stream(mocked: anthropic.Anthropic, records: Records) -> None:
    with mocked.messages.stream(**ASK) as stream:
        final = stream.get_final_message()
    payload = records.one()
    assert (payload.status, payload.stream) == ("success", True)
    assert payload.output_messages[0].text == final.content[0].text  # type: ignore[union-attr]
    assert payload.usage is not None
    assert payload.usage.total_output_tokens == final.usage.output_tokens
    assert payload.finish_reasons == (final.stop_reason,)


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_call(
    server: Any, mocked: anthropic.Anthropic, records: Records, stream: bool
) -> None:
    llmock.script(server, llmock.call_tool("get_weather", city="Oslo"))
    answer = mocked.messages.create(**ASK, tools=[TOOL], stream=stream)
    if stream:
        list(answer)
    payload = records.one()
    (call,) = payload.output_messages[0].tool_calls
    assert (call.name, call.arguments) == ("get_weather", {"city": "Oslo"})
    assert payload.finish_reasons == ("tool_use",)


def test_a_rate_limit_that_passes_is_one_record(
    server: Any, mocked: anthropic.Anthropic, records: Records
) -> None:
    llmock.script(server, llmock.fail(429, retry_after=0.05))
    list(mocked.with_options(max_retries=2).messages.create(**ASK, stream=True))
    payload = records.one()
    assert payload.status == "success"
    assert [attempt.status for attempt in payload.attempts] == ["failure", "success"]


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (500, True), (400, False)])
def test_a_refusal(
    server: Any, mocked: anthropic.Anthropic, records: Records, status: int, retryable: bool
) -> None:
    llmock.script(server, llmock.fail(status))
    with pytest.raises(anthropic.APIStatusError):
        mocked.messages.create(**ASK)
    error = records.one().error
    assert error is not None
    assert (error.status_code, error.retryable) == (status, retryable)
    assert error.message


@pytest.mark.parametrize("kind", ["disconnect", "malformed"])
def test_a_broken_stream_is_a_failure(
    server: Any, mocked: anthropic.Anthropic, records: Records, kind: str
) -> None:
    llmock.script(server, llmock.break_stream(kind, after_chunks=3))
    with pytest.raises(Exception):  # noqa: B017  # the client raises as its version likes
        list(mocked.messages.create(**ASK, stream=True))
    payload = records.one()
    assert payload.status == "failure"
    assert payload.chunks is not None
    assert payload.chunks.count >= 1


def test_a_stream_left_early(
    llmock_slow_server: Any, wrapped: Callable[..., Any], records: Records
) -> None:
    client = wrapped(f"{llmock_slow_server.url}/anthropic")
    with client.messages.stream(**ASK) as stream:
        words = next(iter(stream.text_stream))
    payload = records.one()
    assert payload.status == "aborted"
    assert payload.output_messages[0].text == words


def test_an_async_stream(server: Any, wrapped: Callable[..., Any], records: Records) -> None:
    async def main() -> int:
        async with wrapped(f"{server.url}/anthropic", anthropic.AsyncAnthropic) as client:
            stream = await client.messages.create(**ASK, stream=True)
            return len([event async for event in stream])

    count = asyncio.run(main())
    payload = records.one()
    assert payload.chunks is not None
    assert (payload.status, payload.chunks.count) == ("success", count)
