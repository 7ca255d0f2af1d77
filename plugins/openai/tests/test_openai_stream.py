"""Streams pass through as they are, and their record ends when they do, however they end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import openai
import pytest

from llmlog import Message, ToolCall
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records

Wrapped = Callable[..., Any]


def ask(client: Any, **more: Any) -> Any:
    """Ask for a stream."""
    return client.chat.completions.create(model="m", messages=[], stream=True, **more)


def test_a_stream_is_recorded_whole(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.events(*wire.words)
    stream = ask(client)
    assert isinstance(stream, openai.Stream)
    assert type(stream).__name__ == "Stream"
    assert [chunk.choices[0].delta.content for chunk in stream] == ["", "Hel", "lo", None]
    payload = records.one()
    assert (payload.status, payload.stream) == ("success", True)
    assert payload.output_messages[0].text == "Hello"
    assert payload.finish_reasons == ("stop",)
    assert payload.timing.time_to_first_token_ns is not None
    assert payload.chunks is not None
    assert payload.chunks.count == 4
    assert payload.rate_limit == {"remaining-requests": "59"}
    assert payload.attributes == {"request_id": "req_1"}


def test_next_and_for_may_be_mixed(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.events(*wire.words)
    stream = ask(client)
    next(stream)
    for _ in stream:
        break
    assert len(list(stream)) == 2
    assert next(stream, None) is None
    payload = records.one()
    assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")


def test_several_choices_and_tools(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    start = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    more = {"index": 0, "function": {"arguments": '{"a": 1}'}}
    endpoint.default = wire.events(
        wire.chunk(0, role="assistant", tool_calls=[start]), wire.chunk(1, content="Hi"),
        wire.chunk(0, tool_calls=[more]), wire.chunk(0, "tool_calls"), wire.chunk(1, "stop"),
    )  # fmt: skip
    list(ask(client, n=2))
    first, second = records.one().output_messages
    assert first.parts == (ToolCall(id="c", name="f", arguments={"a": 1}),)
    assert (second.text, second.finish_reason) == ("Hi", "stop")


def test_a_response_stream(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.events(*wire.response_events, done=False)
    events = list(client.responses.create(model="m", input="Hi", stream=True))
    assert len(events) == len(wire.response_events)
    payload = records.one()
    assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")
    assert payload.usage is not None
    assert payload.usage.total_tokens == 44


def test_a_response_stream_that_fails_is_a_failure(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    failed = {**wire.response, "status": "failed",
              "error": {"code": "server_error", "message": "Broken."}}  # fmt: skip
    end = {"type": "response.failed", "sequence_number": 4, "response": failed}
    endpoint.default = wire.events(*wire.response_events[:-1], end, done=False)
    list(client.responses.create(model="m", input="Hi", stream=True))
    payload = records.one()
    assert (payload.status, payload.output_messages[0].text) == ("failure", "Hello")
    assert payload.error is not None
    assert payload.error.code == "server_error"


def test_the_stream_helpers(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.script(wire.events(*wire.words), wire.events(*wire.response_events, done=False))
    with client.chat.completions.stream(model="m", messages=[]) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Hello"
    with client.responses.stream(model="m", input="Hi") as events:
        assert events.get_final_response().output_text == "Hello"
    chat, response = records.all()
    assert (chat.status, chat.output_messages[0].text) == ("success", "Hello")
    assert (response.status, response.output_messages[0].text) == ("success", "Hello")


class TestEndings:
    def test_a_cut_connection_is_a_failure_with_what_came(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        client = wrapped(serve_pieces(*wire.words[:2], ending="cut"))
        with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
            list(ask(client))
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")
        assert payload.error is not None
        assert payload.error.retryable is True

    def test_an_error_event_is_a_failure_with_what_came(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.words[:2], wire.error)
        with pytest.raises(openai.APIError, match="Slow down"):
            list(ask(client))
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")
        assert payload.error is not None
        assert (payload.error.type, payload.error.code) == ("APIError", "rate_limit_exceeded")

    @pytest.mark.parametrize("close", [lambda stream: stream.close(),
                                       lambda stream: stream.response.close(),
                                       lambda stream: stream.__exit__(None, None, None)])  # fmt: skip
    def test_a_closed_stream_is_given_up(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
        close: Any,
    ) -> None:
        stream = ask(wrapped(serve_pieces(*wire.words[:2], ending="hang")))
        next(stream)
        next(stream)
        close(stream)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")
        assert payload.error is None

    def test_a_forgotten_stream_is_given_up(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        stream = ask(wrapped(serve_pieces(*wire.words[:2], ending="hang")))
        next(stream)
        next(stream)
        del stream
        gc.collect()
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_a_stream_that_nobody_starts_is_given_up(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.words)
        ask(client).close()
        payload = records.one()
        assert (payload.status, payload.output_messages) == ("aborted", ())

    def test_leaving_a_helper_early_gives_up(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        client = wrapped(serve_pieces(*wire.words[:2], ending="hang"))
        with client.chat.completions.stream(model="m", messages=[]) as stream:
            for event in stream:
                if event.type == "content.delta" and event.delta:
                    break
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")


class TestAsync:
    def test_a_stream_is_recorded_whole(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        aclient: openai.AsyncOpenAI,
    ) -> None:  # fmt: skip
        endpoint.script(wire.events(*wire.words), wire.events(*wire.response_events, done=False))

        async def main() -> int:
            stream = await ask(aclient)
            assert isinstance(stream, openai.AsyncStream)
            first = await anext(stream)
            rest = [chunk async for chunk in stream]
            async with aclient, aclient.responses.stream(model="m", input="Hi") as events:
                await events.get_final_response()
            return len([first, *rest])

        assert asyncio.run(main()) == 4
        chat, response = records.all()
        assert (chat.status, chat.output_messages[0].text) == ("success", "Hello")
        assert (response.status, response.output_messages[0].text) == ("success", "Hello")

    def test_a_closed_stream_is_given_up(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        client = wrapped(serve_pieces(*wire.words[:2], ending="hang"), openai.AsyncOpenAI)

        async def main() -> None:
            async with client, await ask(client) as stream:
                await anext(stream)
                await anext(stream)

        asyncio.run(main())
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_a_cancelled_stream_is_given_up(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        client = wrapped(serve_pieces(*wire.words[:2], ending="hang"), openai.AsyncOpenAI)

        async def main() -> None:
            seen = asyncio.Event()

            async def read() -> None:
                async for chunk in await ask(client):
                    if chunk.choices[0].delta.content:
                        seen.set()

            async with client:
                task = asyncio.create_task(read())
                await seen.wait()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_a_cut_connection_is_a_failure_with_what_came(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        client = wrapped(serve_pieces(*wire.words[:2], ending="cut"), openai.AsyncOpenAI)

        async def main() -> None:
            async with client:
                async for _ in await ask(client):
                    pass

        with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
            asyncio.run(main())
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")


class TestRaw:
    @pytest.mark.parametrize(
        "read",
        [lambda raw: list(raw.parse()), lambda raw: list(raw.iter_lines()),
         lambda raw: list(raw.iter_bytes(7))],
    )  # fmt: skip
    def test_a_streaming_response_is_recorded_as_it_is_read(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI, read: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.words, wire.counted)
        create = client.chat.completions.with_streaming_response.create
        with create(model="m", messages=[], stream=True) as raw:
            read(raw)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")
        assert payload.usage is not None
        assert payload.timing.time_to_first_token_ns is not None
        assert payload.chunks is not None
        assert payload.chunks.count == 5

    def test_a_raw_stream(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.response_events, done=False)
        raw = client.responses.with_raw_response.create(model="m", input="Hi", stream=True)
        assert len(list(raw.parse())) == len(wire.response_events)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")

    def test_a_raw_stream_that_is_closed_is_given_up(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
    ) -> None:
        client = wrapped(serve_pieces(*wire.words[:2], ending="hang"))
        raw = client.chat.completions.with_raw_response.create(model="m", messages=[], stream=True)
        stream = raw.parse()
        next(stream)
        next(stream)
        stream.close()
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    @pytest.mark.parametrize("ending", ["cut", "error"])
    def test_a_raw_stream_that_breaks_is_a_failure(
        self,
        serve_pieces: Callable[..., str],
        wrapped: Wrapped,
        records: Records,
        wire: SimpleNamespace,
        ending: str,
    ) -> None:
        events = [*wire.words[:2], wire.error] if ending == "error" else wire.words[:2]
        client = wrapped(serve_pieces(*events, ending="end" if ending == "error" else ending))
        raw = client.chat.completions.with_raw_response.create(model="m", messages=[], stream=True)
        with pytest.raises((openai.APIError, httpx.RemoteProtocolError)):
            list(raw.parse())
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")

    def test_async_raw_streams_too(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        aclient: openai.AsyncOpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.words)

        async def main() -> int:
            create = aclient.chat.completions.with_streaming_response.create
            async with aclient, create(model="m", messages=[], stream=True) as raw:
                return len([line async for line in raw.iter_lines() if line])

        assert asyncio.run(main()) == 5
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")


class TestUsage:
    @pytest.fixture
    def at_openai(
        self, to_loopback: Callable[[], httpx.Client], endpoint: ScriptedEndpoint,
        wrapped: Wrapped, wire: SimpleNamespace,
    ) -> Any:  # fmt: skip
        counted = [{**chunk, "usage": None} for chunk in wire.words]
        endpoint.default = wire.events(*counted, wire.counted)
        return wrapped("https://api.openai.com/v1", http_client=to_loopback())

    def test_it_is_asked_for_and_kept_from_the_caller(
        self, at_openai: openai.OpenAI, endpoint: ScriptedEndpoint, records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        chunks = list(ask(at_openai))
        assert endpoint.requests[0].json()["stream_options"] == {"include_usage": True}
        assert [chunk.to_dict() for chunk in chunks] == wire.words
        payload = records.one()
        assert payload.usage is not None
        assert payload.usage.total_tokens == 29
        assert "stream_options" not in payload.parameters

    def test_other_wishes_are_kept(
        self, at_openai: openai.OpenAI, endpoint: ScriptedEndpoint
    ) -> None:
        list(ask(at_openai, stream_options={"include_obfuscation": False}))
        assert endpoint.requests[0].json()["stream_options"] == {
            "include_obfuscation": False, "include_usage": True,
        }  # fmt: skip

    @pytest.mark.parametrize("wish", [True, False])
    def test_the_callers_own_wish_counts(
        self, at_openai: openai.OpenAI, endpoint: ScriptedEndpoint, wish: bool
    ) -> None:
        chunks = list(ask(at_openai, stream_options={"include_usage": wish}))
        assert endpoint.requests[0].json()["stream_options"] == {"include_usage": wish}
        assert len(chunks) == 5

    def test_it_is_not_asked_for_elsewhere(
        self, endpoint: ScriptedEndpoint, wire: SimpleNamespace, client: openai.OpenAI
    ) -> None:
        endpoint.default = wire.events(*wire.words)
        list(ask(client))
        assert "stream_options" not in endpoint.requests[0].json()

    def test_it_is_not_asked_for_in_raw_streams(
        self, at_openai: openai.OpenAI, endpoint: ScriptedEndpoint
    ) -> None:
        create = at_openai.chat.completions.with_raw_response.create
        list(create(model="m", messages=[], stream=True).parse())
        assert "stream_options" not in endpoint.requests[0].json()

    @pytest.mark.parametrize(("version", "asks"), [("2024-02-01", False), ("2024-10-21", True),
                                                   ("preview", True)])  # fmt: skip
    def test_azure_is_asked_if_its_version_knows(
        self, endpoint: ScriptedEndpoint, wrapped: Wrapped, wire: SimpleNamespace, version: str,
        asks: bool,
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.words)
        list(ask(wrapped(f"{endpoint.url}/openai", openai.AzureOpenAI, api_version=version)))
        assert ("stream_options" in endpoint.requests[0].json()) is asks

    def test_a_message_of_the_record(self, at_openai: openai.OpenAI, records: Records) -> None:
        list(ask(at_openai))
        (message,) = records.one().output_messages
        assert isinstance(message, Message)
        assert message.text == "Hello"
