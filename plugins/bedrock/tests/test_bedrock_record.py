"""What a record holds of each way to ask."""

from __future__ import annotations

import gc
import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.eventstream import EventStream
from botocore.exceptions import ClientError, EventStreamError, ParamValidationError
from botocore.response import StreamingBody

import llmlog
from llmlog import Logger, Reasoning, Text, ToolCall, ToolResult
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records

MODEL = "anthropic.claude-haiku-4-5"
TURNS: list[Any] = [{"role": "user", "content": [{"text": "Hi"}]}]


def test_a_conversation(
    client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "s"}}}
    endpoint.default = wire.json(wire.reply(thought, {"text": "Hello"}, wire.call))
    tool = {"toolSpec": {"name": "get_weather", "inputSchema": {"json": {"type": "object"}}}}
    client.converse(
        modelId=MODEL, system=[{"text": "Be brief."}], inferenceConfig={"maxTokens": 9},
        toolConfig={"tools": [tool]},
        messages=[*TURNS, {"role": "assistant", "content": [wire.call]},
                  {"role": "user", "content": [{"toolResult": {
                      "toolUseId": "t-1", "content": [{"text": "Rain"}]}}]}],
    )  # fmt: skip
    payload = records.one()
    assert (payload.kind, payload.status, payload.provider_name) == (
        "chat", "success", "aws.bedrock",
    )  # fmt: skip
    assert (payload.request_model, payload.server_address) == (MODEL, "127.0.0.1")
    assert [message.role for message in payload.input_messages] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert payload.input_messages[0].text == "Be brief."
    assert payload.input_messages[3].parts == (ToolResult(id="t-1", response="Rain"),)
    assert payload.output_messages[0].parts == (
        Reasoning(content="Hm.", signature="s"), Text(content="Hello"),
        ToolCall(name="get_weather", id="t-1", arguments={"city": "Oslo"}),
    )  # fmt: skip
    assert payload.finish_reasons == ("end_turn",)
    assert (payload.parameters, payload.tools) == ({"inferenceConfig": {"maxTokens": 9}}, (tool,))
    usage = payload.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (
        20, 1000, 300,
    )  # fmt: skip
    assert (usage.output_tokens, usage.total_tokens, usage.raw) == (9, 1329, wire.usage)


class TestStreams:
    def test_a_stream_with_a_tool(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        begun = {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t-1", "name": "f"}}}
        endpoint.default = wire.frames(
            *wire.words[:4], wire.frame("contentBlockStart", begun),
            wire.delta(1, toolUse={"input": '{"a"'}), wire.delta(1, toolUse={"input": ": 1}"}),
            *wire.words[4:],
        )  # fmt: skip
        stream = client.converse_stream(modelId=MODEL, messages=TURNS)["stream"]
        assert isinstance(stream, EventStream)
        assert len(list(stream)) == 9
        payload = records.one()
        assert (payload.status, payload.stream) == ("success", True)
        assert payload.output_messages[0].parts == (
            Text(content="Hello"), ToolCall(name="f", id="t-1", arguments={"a": 1}),
        )  # fmt: skip
        assert payload.usage is not None
        assert payload.usage.total_tokens == 1329
        assert payload.timing.time_to_first_token_ns is not None

    def test_an_exception_in_the_stream(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        broken = wire.frame("throttlingException", {"message": "slow"}, "exception")
        endpoint.default = wire.frames(*wire.words[:3], broken)
        with pytest.raises(EventStreamError):
            list(client.converse_stream(modelId=MODEL, messages=TURNS)["stream"])
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hello")
        assert payload.error is not None
        assert payload.error.type == "EventStreamError"

    def test_a_stream_that_nobody_reads_is_given_up(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.frames(*wire.words)
        client.converse_stream(modelId=MODEL, messages=TURNS)
        gc.collect()  # botocore's streams refer to themselves
        assert records.one().status == "aborted"


class TestBodies:
    @pytest.mark.parametrize(
        "read",
        [lambda body: body.read(), lambda body: b"".join(body.iter_chunks(7)),
         lambda body: b"".join(body.iter_lines()), lambda body: b"".join(body.readlines()),
         lambda body: json.dumps(json.load(body)).encode()],
    )  # fmt: skip
    def test_a_body_is_recorded_however_it_is_read(
        self, read: Any, client: Any, endpoint: ScriptedEndpoint, records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        message = {"type": "message", "role": "assistant", "content": [
            {"type": "text", "text": "Hello"}], "usage": {"input_tokens": 3, "output_tokens": 2}}  # fmt: skip
        endpoint.default = wire.json(message)
        asked = {"messages": [{"role": "user", "content": "Hi"}], "system": "Be brief.",
                 "max_tokens": 9}  # fmt: skip
        body = client.invoke_model(modelId=MODEL, body=json.dumps(asked))["body"]
        assert isinstance(body, StreamingBody)
        assert json.loads(read(body)) == message
        payload = records.one()
        assert (payload.status, payload.chunks) == ("success", None)
        assert [message.text for message in payload.input_messages] == ["Be brief.", "Hi"]
        assert payload.output_messages[0].text == "Hello"
        assert payload.parameters == {"max_tokens": 9}
        assert payload.usage is not None
        assert payload.usage.total_tokens == 5

    def test_a_body_that_nobody_reads_is_given_up(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json({})
        client.invoke_model(modelId=MODEL, body="{}")
        assert records.one().status == "aborted"

    def test_bedrocks_own_counts_are_read(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        counts = {"x-amzn-bedrock-input-token-count": "7", "x-amzn-bedrock-output-token-count": "2"}
        endpoint.default = wire.json({"generation": "Hello"}, 200, counts)
        body = json.dumps({"prompt": "Hi", "max_gen_len": 9})
        client.invoke_model(modelId="meta.llama3-1-8b-instruct-v1:0", body=body)["body"].read()
        payload = records.one()
        assert (payload.kind, payload.input_messages[0].text) == ("text_completion", "Hi")
        assert payload.output_value == {"generation": "Hello"}
        assert payload.usage is not None
        assert (payload.usage.input_tokens, payload.usage.output_tokens) == (7, 2)


class TestFailures:
    def test_a_refusal_has_amazons_words(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json({"message": "Slow down"}, 429, {
            "x-amzn-errortype": "ThrottlingException", "x-amzn-requestid": "req-1"})  # fmt: skip
        with pytest.raises(ClientError) as caught:
            client.converse(modelId=MODEL, messages=TURNS)
        error = records.one().error
        assert error is not None
        assert error.type == type(caught.value).__name__ == "ThrottlingException"
        assert (error.message, error.code) == ("Slow down", "ThrottlingException")
        assert (error.status_code, error.request_id, error.retryable) == (429, "req-1", True)

    def test_retries_are_attempts_of_one_record(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.script(wire.json({"message": "x"}, 503))
        endpoint.default = wire.json(wire.reply({"text": "Hello"}))
        assert records.logger is not None
        client = records.logger.wrap(wire.make(endpoint.url, attempts=3))
        client.converse(modelId=MODEL, messages=TURNS)
        assert [(one.reason, one.status) for one in records.one().attempts] == [
            ("first", "failure"), ("retry", "success"),
        ]  # fmt: skip

    def test_what_boto3_refuses_disturbs_no_later_call(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json(wire.reply({"text": "Hello"}))
        with pytest.raises(ParamValidationError):
            client.converse(modelId=MODEL, messages="Hi")
        client.converse(modelId=MODEL, messages=TURNS)
        assert records.one().status == "success"


def test_the_client_stays_as_it_is(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.json(wire.reply({"text": "Hello"}))
    assert records.logger is not None
    plain, wrapped = wire.make(endpoint.url), records.logger.wrap(wire.make(endpoint.url))
    results = [client.converse(modelId=MODEL, messages=TURNS) for client in (plain, wrapped)]
    for result in results:
        result.pop("ResponseMetadata")
    assert results[0] == results[1]
    first, second = endpoint.requests
    assert (second.path, second.content) == (first.path, first.content)
    assert type(wrapped).__name__ == type(plain).__name__


def test_another_service_is_refused(records: Records) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    assert records.logger is not None
    with pytest.raises(llmlog.PluginError, match="bedrock-runtime"):
        records.logger.wrap(s3)


class TestGuardrails:
    @pytest.mark.parametrize("way", ["converse", "invoke_model"])
    def test_what_a_hook_edits_is_what_is_sent(
        self, way: str, endpoint: ScriptedEndpoint, wire: SimpleNamespace
    ) -> None:
        class Guard:
            @llmlog.hookimpl
            def pre_call(self, call: llmlog.Call) -> None:
                call.messages = [{"role": "system", "content": [{"text": "Be kind."}]}, *TURNS]
                call.parameters = {}

        endpoint.default = wire.json(wire.reply({"text": "Hello"}))
        with Logger(plugins=[Guard()], environ={}, file=False) as logger:
            client = logger.wrap(wire.make(endpoint.url))
            if way == "converse":
                client.converse(modelId=MODEL, messages=[{"role": "user", "content": []}],
                                inferenceConfig={"maxTokens": 9})  # fmt: skip
            else:
                client.invoke_model(modelId=MODEL, body=json.dumps(
                    {"messages": [{"role": "user", "content": "?"}], "max_tokens": 9}))  # fmt: skip
        sent = endpoint.requests[0].json()
        assert sent == {"system": [{"text": "Be kind."}], "messages": TURNS}

    def test_what_a_hook_blocks_is_not_sent(
        self, endpoint: ScriptedEndpoint, wire: SimpleNamespace
    ) -> None:
        class Guard:
            @llmlog.hookimpl
            def pre_call(self, call: llmlog.Call) -> None:
                raise llmlog.Blocked("no")

        with Logger(plugins=[Guard()], environ={}, file=False) as logger:
            client = logger.wrap(wire.make(endpoint.url))
            with pytest.raises(llmlog.Blocked):
                client.converse(modelId=MODEL, messages=TURNS)
        assert endpoint.requests == []
