"""Every way to ask, by every way that it can end: the same for the caller, one true record."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import anthropic
import pydantic
import pytest

from llmlog import Payload
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records

Way = Callable[[Any, dict[str, Any]], Any]


async def value_of(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def items_of(stream: Any) -> list[Any]:
    stream = await value_of(stream)
    if hasattr(stream, "__aiter__"):
        return [item async for item in stream]
    return list(stream)


async def create(client: Any, ask: dict[str, Any]) -> Any:
    return await value_of(client.messages.create(**ask))


async def beta(client: Any, ask: dict[str, Any]) -> Any:
    return await value_of(client.beta.messages.create(**ask, betas=["context-1m-2025-08-07"]))


async def raw(client: Any, ask: dict[str, Any]) -> Any:
    answer = await value_of(client.messages.with_raw_response.create(**ask))
    return answer.headers["request-id"], await value_of(answer.parse())


async def streaming_response(client: Any, ask: dict[str, Any]) -> Any:
    manager = client.messages.with_streaming_response.create(**ask)
    if hasattr(manager, "__aenter__"):
        async with manager as answer:
            return await answer.parse()
    with manager as answer:
        return answer.parse()


async def streamed(client: Any, ask: dict[str, Any]) -> Any:
    return await items_of(client.messages.create(**ask, stream=True))


async def streamed_beta(client: Any, ask: dict[str, Any]) -> Any:
    return await items_of(client.beta.messages.create(**ask, stream=True))


async def streamed_raw(client: Any, ask: dict[str, Any]) -> Any:
    answer = await value_of(client.messages.with_raw_response.create(**ask, stream=True))
    return await items_of(answer.parse())


async def stream_helper(client: Any, ask: dict[str, Any]) -> Any:
    manager = client.messages.stream(**ask)
    if hasattr(manager, "__aenter__"):
        async with manager as stream:
            return [event async for event in stream], await stream.get_final_message()
    with manager as stream:
        return list(stream), stream.get_final_message()


PLAIN: dict[str, Way] = {
    "create": create, "beta": beta, "raw response": raw, "streaming response": streaming_response,
}  # fmt: skip
STREAMED: dict[str, Way] = {
    "create(stream=True)": streamed, "beta(stream=True)": streamed_beta,
    "stream": stream_helper, "raw response(stream=True)": streamed_raw,
}  # fmt: skip
WAYS = {**PLAIN, **STREAMED}


def success(wire: SimpleNamespace, stream: bool) -> Answer:
    answer: Answer = wire.events(*wire.stream) if stream else wire.json(wire.message)
    return answer


def tool_call(wire: SimpleNamespace, stream: bool) -> Answer:
    body = {**wire.message, "content": [wire.tool_use], "stop_reason": "tool_use"}
    answer: Answer = wire.events(*wire.thinking) if stream else wire.json(body)
    return answer


OUTCOMES: dict[str, Callable[[SimpleNamespace, bool], Answer]] = {
    "success": success,
    "tool call": tool_call,
    "400": lambda wire, _: wire.refusal(400, "invalid_request_error"),
    "429": lambda wire, _: wire.refusal(429, "rate_limit_error"),
    "500": lambda wire, _: wire.refusal(500, "api_error"),
    "529": lambda wire, _: wire.refusal(529, "overloaded_error"),
    "timeout": lambda *_: Answer(delay_s=5),
}


async def outcome_of(way: Way, client: Any, ask: dict[str, Any]) -> Any:
    """Return what a caller gets: values as plain data with their types, or the exception."""
    try:
        return plain(await way(client, ask))
    except anthropic.AnthropicError as problem:
        return type(problem), str(problem)
    finally:
        await value_of(client.close())


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, pydantic.BaseModel):
        return type(value).__name__, value.model_fields_set, value.model_dump()
    return value


def both(
    way: Way, kind: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
    timeout: float = 30,
) -> tuple[Any, Any]:  # fmt: skip
    async def main() -> list[Any]:
        options = {
            "base_url": endpoint.url, "api_key": wire.key, "max_retries": 0, "timeout": timeout,
        }  # fmt: skip
        without, with_llmlog = kind(**options), kind(**options)
        assert records.logger is not None
        records.logger.wrap(with_llmlog)
        return [await outcome_of(way, client, wire.ask) for client in (without, with_llmlog)]

    first, second = asyncio.run(main())
    return first, second


def says(payload: Payload, outcome: str) -> None:
    if outcome == "success":
        assert (payload.status, payload.finish_reasons) == ("success", ("end_turn",))
        assert payload.output_messages[0].text == "Hello"
    elif outcome == "tool call":
        (call,) = payload.output_messages[0].tool_calls
        assert (call.name, call.arguments) == ("get_weather", {"city": "Oslo"})
        assert (payload.status, payload.finish_reasons) == ("success", ("tool_use",))
    else:
        assert payload.status == "failure"
        assert payload.error is not None
        if outcome == "timeout":
            assert (payload.error.type, payload.error.retryable) == ("APITimeoutError", True)
        else:
            assert payload.error.status_code == int(outcome)
            assert payload.error.retryable is (outcome != "400")
            assert payload.error.request_id == "req_1"


@pytest.mark.parametrize("kind", [anthropic.Anthropic, anthropic.AsyncAnthropic])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("way", WAYS)
def test_the_caller_sees_no_difference_and_the_record_is_true(
    way: str, outcome: str, kind: Any, endpoint: ScriptedEndpoint, records: Records,
    wire: SimpleNamespace,
) -> None:  # fmt: skip
    endpoint.default = OUTCOMES[outcome](wire, way in STREAMED)
    timeout = 0.3 if outcome == "timeout" else 30
    without, with_llmlog = both(WAYS[way], kind, endpoint, records, wire, timeout)
    assert with_llmlog == without
    payload = records.one()
    says(payload, outcome)
    assert (payload.request_model, payload.stream) == ("claude-haiku-4-5", way in STREAMED)
    first, second = endpoint.requests
    apart = ("idempotency-key", "content-length")
    assert first.content == second.content
    assert {name: value for name, value in first.headers.items() if name not in apart} == {
        name: value for name, value in second.headers.items() if name not in apart
    }


@pytest.mark.parametrize("kind", [anthropic.Anthropic, anthropic.AsyncAnthropic])
def test_what_asks_no_model_passes_by(
    kind: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    async def count(client: Any, ask: dict[str, Any]) -> Any:
        apart = {name: value for name, value in ask.items() if name != "max_tokens"}
        return await value_of(client.messages.count_tokens(**apart))

    endpoint.default = wire.json({"input_tokens": 4})
    without, with_llmlog = both(count, kind, endpoint, records, wire)
    assert with_llmlog == without
    assert records.all() == []


class City(pydantic.BaseModel):
    name: str


@pytest.mark.skipif(
    not hasattr(anthropic.resources.messages.Messages, "parse"), reason="an older client"
)
@pytest.mark.parametrize("kind", [anthropic.Anthropic, anthropic.AsyncAnthropic])
def test_structured_output(
    kind: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    async def parse(client: Any, ask: dict[str, Any]) -> Any:
        answer = await value_of(client.messages.parse(**ask, output_format=City))
        return answer.parsed_output

    content = [{"type": "text", "text": '{"name": "Oslo"}'}]
    endpoint.default = wire.json({**wire.message, "content": content})
    without, with_llmlog = both(parse, kind, endpoint, records, wire)
    assert with_llmlog == without
    payload = records.one()
    assert payload.output_messages[0].text == '{"name": "Oslo"}'
    assert "City" in str(payload.parameters) or "name" in str(payload.parameters)
