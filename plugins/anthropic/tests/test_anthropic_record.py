"""What is asked and answered is in the record, under llmlog's names."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import anthropic
import pytest

import llmlog
from llmlog import Logger, Media, Reasoning, Text, ToolCall, ToolResult
from llmlog.schema import to_json
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog_anthropic.request import read_request

TOOL: Any = {"name": "get_weather", "input_schema": {"type": "object", "properties": {}}}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aWNv"}}


def test_a_conversation_with_all_its_parts(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: anthropic.Anthropic
) -> None:
    endpoint.default = wire.json(wire.message)
    messages: Any = [
        {"role": "user", "content": [{"type": "text", "text": "Look:"}, IMAGE]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}, wire.tool_use]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Rain"}]},
    ]  # fmt: skip
    client.messages.create(
        model="claude-haiku-4-5", max_tokens=64, messages=messages, tools=[TOOL], stop_sequences=["."],
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        thinking={"type": "enabled", "budget_tokens": 1024}, extra_body={"container": "c_1"},
    )  # fmt: skip
    payload = records.one()
    assert (payload.kind, payload.status, payload.stream) == ("chat", "success", False)
    assert [message.role for message in payload.input_messages] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    system, first, second, third = (message.parts for message in payload.input_messages)
    assert [part.content for part in system if isinstance(part, Text)] == ["Be brief."]
    assert isinstance(first[1], Media)
    assert (first[1].modality, first[1].mime_type) == ("image", "image/png")
    assert second == (
        Reasoning(content="Hm.", signature="EqQB"),
        ToolCall(id="toolu_1", name="get_weather", arguments={"city": "Oslo"}),
    )
    assert third == (ToolResult(id="toolu_1", response="Rain"),)
    assert payload.tools == (TOOL,)
    assert payload.parameters == {
        "max_tokens": 64, "stop_sequences": ["."], "container": "c_1",
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }  # fmt: skip
    assert payload.output_messages[0].text == "Hello"
    assert (payload.response_id, payload.response_model) == ("msg_1", "claude-haiku-4-5-20251001")
    assert (payload.request_model, payload.service_tier) == ("claude-haiku-4-5", "standard")
    assert payload.attributes == {"request_id": "req_1"}
    assert wire.key not in repr(payload)


def test_cached_tokens_are_apart_and_cost_what_anthropic_asks(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: anthropic.Anthropic
) -> None:
    endpoint.default = wire.json(wire.message)
    client.messages.create(**wire.ask)
    usage = records.one().usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens) == (21, 1000)
    assert usage.cache_write_tokens == 300
    assert (usage.output_tokens, usage.total_tokens, usage.origin) == (9, 1330, "provider")
    assert usage.raw == wire.usage
    pytest.importorskip("genai_prices")
    cost = records.one().cost
    assert cost is not None
    assert cost.total == pytest.approx((21 * 1 + 1000 * 0.1 + 300 * 1.25 + 9 * 5) / 1e6)


@pytest.mark.parametrize("way", ["create", "helper"])
def test_a_stream_with_thinking_and_a_tool(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
    client: anthropic.Anthropic, way: str,
) -> None:  # fmt: skip
    endpoint.default = wire.events(*wire.thinking)
    if way == "create":
        stream = client.messages.create(**wire.ask, stream=True)
        assert anthropic.Stream in type(stream).__mro__
        assert type(stream).__name__ == "Stream"
        assert len([next(stream), *stream]) == len(wire.thinking)
    else:
        with client.messages.stream(**wire.ask) as helper:
            assert helper.get_final_message().stop_reason == "tool_use"
    payload = records.one()
    assert (payload.status, payload.stream, payload.finish_reasons) == (
        "success", True, ("tool_use",),
    )  # fmt: skip
    assert payload.output_messages[0].parts == (
        Reasoning(content="Hm, yes.", signature="EqQB"),
        ToolCall(id="toolu_1", name="get_weather", arguments={"city": "Oslo"}),
    )
    assert payload.usage is not None
    assert (payload.usage.total_input_tokens, payload.usage.output_tokens) == (1321, 9)
    assert payload.timing.time_to_first_token_ns is not None
    assert payload.chunks is not None
    assert payload.chunks.count == len(wire.thinking)
    assert payload.rate_limit == {"requests-remaining": "59"}
    assert payload.attributes == {"request_id": "req_1"}


def ask_early(client: anthropic.Anthropic, ask: Any) -> Any:
    """Return a stream after its first words."""
    stream = client.messages.create(**ask, stream=True)
    for event in stream:
        if event.type == "content_block_delta":
            break
    return stream


class TestEndings:
    def test_a_cut_connection_is_a_failure_with_what_came(
        self, serve_pieces: Callable[..., str], wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        client = wrapped(serve_pieces(*wire.begun, ending="cut"))
        with pytest.raises(Exception, match="peer closed"):
            list(client.messages.create(**wire.ask, stream=True))
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")
        assert payload.error is not None
        assert payload.error.retryable is True

    @pytest.mark.parametrize("raw", [False, True])
    def test_an_error_event_is_a_failure_with_what_came(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: anthropic.Anthropic, raw: bool,
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.begun, wire.overloaded)
        create = client.messages.with_raw_response.create if raw else client.messages.create
        answer: Any = create(**wire.ask, stream=True)
        with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
            list(answer.parse() if raw else answer)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")
        assert payload.error is not None
        assert payload.error.message == "Overloaded"

    @pytest.mark.parametrize("close", [lambda stream: stream.close(),
                                       lambda stream: stream.response.close(),
                                       lambda stream: stream.__exit__(None, None, None)])  # fmt: skip
    def test_a_closed_stream_is_given_up(
        self, serve_pieces: Callable[..., str], wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace, close: Any,
    ) -> None:  # fmt: skip
        close(ask_early(wrapped(serve_pieces(*wire.begun, ending="hang")), wire.ask))
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")
        assert payload.error is None
        assert payload.usage is not None
        assert payload.usage.total_input_tokens == 1321

    def test_a_forgotten_stream_is_given_up(
        self, serve_pieces: Callable[..., str], wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        ask_early(wrapped(serve_pieces(*wire.begun, ending="hang")), wire.ask)
        gc.collect()
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_leaving_the_helper_early_gives_up(
        self, serve_pieces: Callable[..., str], wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        client = wrapped(serve_pieces(*wire.begun, ending="hang"))
        with client.messages.stream(**wire.ask) as stream:
            assert next(iter(stream.text_stream)) == "Hel"
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_a_cancelled_stream_is_given_up(
        self, serve_pieces: Callable[..., str], wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        client = wrapped(serve_pieces(*wire.begun, ending="hang"), anthropic.AsyncAnthropic)

        async def main() -> None:
            seen = asyncio.Event()

            async def read() -> None:
                async for event in await client.messages.create(**wire.ask, stream=True):
                    if event.type == "content_block_delta":
                        seen.set()

            async with client:
                task = asyncio.create_task(read())
                await seen.wait()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_a_cancelled_call_is_an_abort(
        self, endpoint: ScriptedEndpoint, wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        endpoint.default = Answer(delay_s=5)
        client = wrapped(endpoint.url, anthropic.AsyncAnthropic)

        async def main() -> None:
            async with client:
                task = asyncio.create_task(client.messages.create(**wire.ask))
                await asyncio.to_thread(endpoint.wait_for, 1)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        assert records.one().status == "aborted"

    def test_no_connection(
        self, wrapped: Callable[..., Any], records: Records, wire: SimpleNamespace
    ) -> None:
        with pytest.raises(anthropic.APIConnectionError):
            wrapped("http://127.0.0.1:9").messages.create(**wire.ask)
        error = records.one().error
        assert error is not None
        assert (error.type, error.retryable) == ("APIConnectionError", True)
        assert error.status_code is None


class TestRaw:
    @pytest.mark.parametrize(
        "read",
        [lambda raw: raw.parse().content[0].text, lambda raw: raw.json()["id"],
         lambda raw: raw.read(), lambda raw: list(raw.iter_lines()),
         lambda raw: b"".join(raw.iter_bytes(5))],
    )  # fmt: skip
    def test_a_streaming_response_is_recorded_as_it_is_read(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: anthropic.Anthropic, read: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.message)
        with client.messages.with_streaming_response.create(**wire.ask) as raw:
            assert read(raw)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")
        assert payload.rate_limit == {"requests-remaining": "59"}

    def test_a_streaming_response_that_nobody_reads_is_given_up(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: anthropic.Anthropic,
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.message)
        with client.messages.with_streaming_response.create(**wire.ask):
            pass
        assert records.one().status == "aborted"

    @pytest.mark.parametrize(
        "read", [lambda raw: list(raw.parse()), lambda raw: list(raw.iter_lines()),
                 lambda raw: list(raw.iter_bytes(7))],
    )  # fmt: skip
    def test_a_raw_stream_is_recorded_from_its_bytes(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: anthropic.Anthropic, read: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        endpoint.default = wire.events(*wire.stream)
        create = client.messages.with_streaming_response.create
        with create(**wire.ask, stream=True) as raw:
            read(raw)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")
        assert payload.usage is not None
        assert payload.usage.total_tokens == 1330
        assert payload.timing.time_to_first_token_ns is not None

    def test_a_raw_stream_that_is_closed_is_given_up(
        self, serve_pieces: Callable[..., str], wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        client = wrapped(serve_pieces(*wire.begun, ending="hang"))
        stream = client.messages.with_raw_response.create(**wire.ask, stream=True).parse()
        for event in stream:
            if event.type == "content_block_delta":
                break
        stream.close()
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")


class TestRetries:
    def test_every_try_is_in_the_one_record(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: anthropic.Anthropic,
    ) -> None:  # fmt: skip
        endpoint.default = wire.refusal(429, "rate_limit_error", **{"retry-after-ms": "1"})
        with pytest.raises(anthropic.RateLimitError):
            client.with_options(max_retries=2).messages.create(**wire.ask)
        payload = records.one()
        assert len(endpoint.requests) == 3
        assert payload.error is not None
        assert (payload.error.type, payload.error.code, payload.error.message) == (
            "RateLimitError", "rate_limit_error", "No.",
        )  # fmt: skip
        assert [(attempt.number, attempt.reason, attempt.status) for attempt in payload.attempts] == [
            (1, "first", "failure"), (2, "retry", "failure"), (3, "retry", "failure"),
        ]  # fmt: skip
        assert payload.rate_limit == {"requests-remaining": "59"}

    def test_a_retry_that_helps_is_one_record(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: anthropic.Anthropic,
    ) -> None:  # fmt: skip
        overloaded = wire.refusal(529, "overloaded_error", **{"retry-after-ms": "1"})
        endpoint.script(overloaded, wire.events(*wire.stream))
        list(client.copy(max_retries=2).messages.create(**wire.ask, stream=True))
        payload = records.one()
        assert payload.status == "success"
        assert [attempt.status for attempt in payload.attempts] == ["failure", "success"]


def bedrock() -> Any:
    return anthropic.AnthropicBedrock(
        aws_region="us-east-1", aws_access_key="fake", aws_secret_key="fake"
    )


def vertex() -> Any:
    return anthropic.AnthropicVertex(region="us-east5", project_id="p", access_token="fake")


def foundry() -> Any:
    if not hasattr(anthropic, "AnthropicFoundry"):
        pytest.skip("this version of the client knows no Foundry")
    return anthropic.AnthropicFoundry(resource="shop", api_key="fake")


class TestProviders:
    @pytest.mark.parametrize(
        ("make", "provider", "address"),
        [(lambda: anthropic.Anthropic(api_key="fake"), "anthropic", "api.anthropic.com"),
         (lambda: anthropic.AsyncAnthropic(api_key="fake", base_url="https://api.deepseek.com/anthropic"),
          "deepseek", "api.deepseek.com"),
         (bedrock, "aws.bedrock", "bedrock-runtime.us-east-1.amazonaws.com"),
         (vertex, "gcp.vertex_ai", "us-east5-aiplatform.googleapis.com"),
         (foundry, "azure.ai.foundry", "shop.services.ai.azure.com")],
    )  # fmt: skip
    def test_the_client_says_who_answers(
        self, make: Callable[[], Any], provider: str, address: str
    ) -> None:
        options = SimpleNamespace(
            method="post", url="/v1/messages", json_data={"model": "m", "messages": []},
            extra_json=None,
        )  # fmt: skip
        asked = read_request(make(), options, stream=False)
        assert asked is not None
        assert asked.fields["provider"] == provider
        assert (asked.fields["server_address"], asked.fields["server_port"]) == (address, 443)

    def test_a_clouds_client_is_recorded_too(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json(wire.message)
        assert records.logger is not None
        client = records.logger.wrap(anthropic.AnthropicVertex(
            base_url=endpoint.url, region="us-east5", project_id="p", access_token="fake",
            max_retries=0,
        ))  # fmt: skip
        with client:
            assert client.messages.create(**wire.ask).content[0].text == "Hello"
        payload = records.one()
        assert payload.provider_name == "gcp.vertex_ai"
        assert payload.request_model == "claude-haiku-4-5"
        assert endpoint.requests[0].path.endswith("/models/claude-haiku-4-5:rawPredict")


class TestHooks:
    class Editor:
        def __init__(self, edit: Callable[[llmlog.Call], None]) -> None:
            self._edit = edit

        @llmlog.hookimpl
        def pre_call(self, call: llmlog.Call) -> None:
            self._edit(call)

    @pytest.fixture
    def hooked(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> Iterator[Callable[..., Any]]:
        endpoint.default = wire.json(wire.message)
        loggers: list[Logger] = []

        def make(edit: Callable[[llmlog.Call], None], kind: Any = anthropic.Anthropic) -> Any:
            logger = Logger(plugins=[records, self.Editor(edit)], environ={}, file=False)
            loggers.append(logger)
            records.logger = logger
            return logger.wrap(kind(base_url=endpoint.url, api_key=wire.key, max_retries=0))

        yield make
        for logger in loggers:
            logger.close(1)

    def test_what_they_edit_is_sent(
        self, endpoint: ScriptedEndpoint, wire: SimpleNamespace, hooked: Callable[..., Any]
    ) -> None:
        def edit(call: llmlog.Call) -> None:
            system, turn = call.messages
            call.messages = [{**system, "content": "Be kind."}, {**turn, "content": "[hidden]"}]
            call.parameters = {**call.parameters, "max_tokens": 8}

        with hooked(edit) as client:
            client.messages.create(**wire.ask, system="Be brief.", extra_body={"top_k": 3})
        assert endpoint.requests[0].json() == {
            "model": "claude-haiku-4-5", "system": "Be kind.", "max_tokens": 8, "top_k": 3,
            "messages": [{"role": "user", "content": "[hidden]"}],
        }  # fmt: skip

    @pytest.mark.parametrize("kind", [anthropic.Anthropic, anthropic.AsyncAnthropic])
    def test_what_they_block_is_not_sent(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        hooked: Callable[..., Any], kind: Any,
    ) -> None:  # fmt: skip
        def block(call: llmlog.Call) -> None:
            raise llmlog.Blocked("no such words")

        client = hooked(block, kind)
        with pytest.raises(llmlog.Blocked):
            answer = client.messages.create(**wire.ask)
            asyncio.run(answer)
        assert endpoint.requests == []
        assert records.one().status == "blocked"


def test_calls_nest(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: anthropic.Anthropic
) -> None:
    endpoint.default = wire.json(wire.message)
    assert records.logger is not None
    with llmlog.context(session="s-1", user="u-1", tags=["checkout"]), \
            records.logger.call(kind="agent", name="shop") as agent:  # fmt: skip
        client.messages.create(**wire.ask)
    inner, outer = records.all()
    assert (inner.parent_span_id, inner.trace_id) == (outer.span_id, outer.trace_id)
    assert inner.ancestor_ids == (agent.id,)
    assert (inner.session_id, inner.user_id, inner.tags) == ("s-1", "u-1", ("checkout",))


def test_what_sends_no_requests_is_refused(records: Records) -> None:
    messages = anthropic.Anthropic(api_key="fake").messages
    assert records.logger is not None
    with pytest.raises(llmlog.PluginError, match="Anthropic"):
        records.logger.wrap(messages)


def test_the_last_logger_counts(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: anthropic.Anthropic
) -> None:
    endpoint.default = wire.json(wire.message)
    other = Records()
    with Logger(plugins=[other], environ={}, file=False) as logger:
        logger.wrap(client)
        client.with_options(timeout=5).copy(max_retries=1).messages.create(**wire.ask)
        logger.flush(5)
        assert len(other.all()) == 1
    assert records.all() == []


def test_the_tool_runner_is_a_record_per_request(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: anthropic.Anthropic
) -> None:
    @anthropic.beta_tool
    def get_weather(city: str) -> str:
        """Return the weather of a city."""
        return f"Rain in {city}"

    wish = {**wire.message, "content": [wire.tool_use], "stop_reason": "tool_use"}
    endpoint.script(wire.json(wish), wire.json(wire.message))
    runner = client.beta.messages.tool_runner(**wire.ask, tools=[get_weather])
    assert runner.until_done().content[0].text == "Hello"  # type: ignore[union-attr]
    first, second = records.all()
    assert first.finish_reasons == ("tool_use",)
    assert second.input_messages[-1].parts == (ToolResult(id="toolu_1", response="Rain in Oslo"),)


def test_whose_key_it_was_is_told_without_the_key(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: Any
) -> None:
    endpoint.default = wire.json(wire.message)
    client.messages.create(
        model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
    )
    payload = records.one()
    assert payload.key_hash is not None
    assert payload.key_hash.startswith("k-")
    assert b"sk-ant-fake-key-of-a-test" not in to_json(payload)
