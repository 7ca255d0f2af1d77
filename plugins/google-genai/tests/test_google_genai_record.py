"""What a record holds of each way to ask."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.genai._api_client import BaseApiClient

import llmlog
from llmlog import Logger, Reasoning, Text, ToolCall, ToolResult
from llmlog.schema import to_json
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records


def test_a_conversation(
    client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.json(wire.body(
        {"text": "Hm.", "thought": True}, {"text": "Hello"}, wire.call, usageMetadata=wire.usage,
    ))  # fmt: skip
    tool = types.Tool(function_declarations=[types.FunctionDeclaration(name="get_weather")])
    answer = client.models.generate_content(
        model="gemini-2.5-flash",
        contents=[
            types.Content(role="user", parts=[types.Part(text="Hi")]),
            types.Content(role="model", parts=[types.Part.from_function_call(name="f", args={})]),
            types.Content(role="user", parts=[
                types.Part.from_function_response(name="f", response={"result": 1})]),
        ],
        config=types.GenerateContentConfig(
            system_instruction="Be brief.", temperature=0.5, max_output_tokens=9, tools=[tool],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            safety_settings=[types.SafetySetting(
                category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_NONE")],
        ),
    )  # fmt: skip
    assert answer.function_calls[0].name == "get_weather"
    payload = records.one()
    assert (payload.kind, payload.status, payload.stream) == ("chat", "success", False)
    assert (payload.provider_name, payload.server_address) == ("gcp.gemini", "127.0.0.1")
    assert (payload.request_model, payload.response_model, payload.response_id) == (
        "gemini-2.5-flash", "gemini-2.5-flash", "r-1",
    )  # fmt: skip
    assert [message.role for message in payload.input_messages] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert payload.input_messages[0].text == "Be brief."
    assert payload.input_messages[3].parts == (ToolResult(id="f", response={"result": 1}),)
    assert payload.output_messages[0].parts == (
        Reasoning(content="Hm."), Text(content="Hello"),
        ToolCall(name="get_weather", arguments={"city": "Oslo"}),
    )  # fmt: skip
    assert payload.finish_reasons == ("STOP",)
    assert (payload.parameters["temperature"], payload.parameters["max_output_tokens"]) == (0.5, 9)
    assert payload.parameters["safety_settings"]
    assert payload.tools
    usage = payload.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens) == (20, 1000)
    assert (usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (5, 4, 1029)
    assert usage.raw == wire.usage
    assert payload.cost is not None
    assert payload.cost.total is None or payload.cost.total > 0


class TestStreams:
    def test_a_stream(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.events(*wire.stream)
        stream = client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi")
        assert "".join(chunk.text or "" for chunk in stream) == "Hello"
        payload = records.one()
        assert (payload.status, payload.stream) == ("success", True)
        assert payload.output_messages[0].parts == (Reasoning(content="Hm."), Text(content="Hello"))
        assert payload.usage is not None
        assert payload.usage.total_tokens == 1029
        assert payload.timing.time_to_first_token_ns is not None
        assert payload.chunks is not None
        assert payload.chunks.count == 3

    def test_an_async_stream(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.events(*wire.stream)

        async def main() -> str:
            stream = await client.aio.models.generate_content_stream(model="m", contents="Hi")
            return "".join([chunk.text or "" async for chunk in stream])

        assert asyncio.run(main()) == "Hello"
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")

    def test_a_stream_that_is_left_keeps_what_came(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.events(*wire.stream)
        for chunk in client.models.generate_content_stream(model="m", contents="Hi"):
            if chunk.text:
                break
        del chunk
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_an_error_in_the_stream(
        self, client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        error = {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}
        endpoint.default = wire.events(wire.stream[1], error)
        with pytest.raises(errors.APIError):
            list(client.models.generate_content_stream(model="m", contents="Hi"))
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")
        assert payload.error is not None
        assert (payload.error.status_code, payload.error.code) == (503, "UNAVAILABLE")


def test_a_refusal_has_googles_words(
    client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    error = {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}
    endpoint.default = wire.json({"error": error}, 429)
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="m", contents="Hi")
    said = records.one().error
    assert said is not None
    assert (said.status_code, said.code, said.retryable) == (429, "RESOURCE_EXHAUSTED", True)
    assert "Quota exceeded" in said.message


def test_a_blocked_prompt_says_so(
    client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    feedback = {"blockReason": "SAFETY"}
    usage = {"promptTokenCount": 3, "totalTokenCount": 3}
    endpoint.default = wire.json({"promptFeedback": feedback, "usageMetadata": usage})
    client.models.generate_content(model="m", contents="Hi")
    payload = records.one()
    assert (payload.status, payload.output_value) == ("success", {"prompt_feedback": feedback})


def test_a_chat_is_a_record_for_each_turn(
    client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.json(wire.answer)
    chat = client.chats.create(model="gemini-2.5-flash")
    chat.send_message("Hi")
    chat.send_message("And?")
    first, second = records.all()
    assert [message.text for message in second.input_messages] == ["Hi", "Hello", "And?"]
    assert len(first.input_messages) == 1


def test_vertex_ai_is_another_provider(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.json(wire.answer)
    assert records.logger is not None
    http = types.HttpOptions(base_url=endpoint.url)
    client = genai.Client(vertexai=True, api_key="fake-key-of-a-test", http_options=http)
    records.logger.wrap(client).models.generate_content(model="gemini-2.5-flash", contents="Hi")
    payload = records.one()
    assert (payload.provider_name, payload.request_model) == ("gcp.vertex_ai", "gemini-2.5-flash")
    assert payload.output_messages[0].text == "Hello"


def test_what_asks_no_model_is_no_record(
    client: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.json({"name": "models/m", "totalTokens": 3})
    client.models.count_tokens(model="m", contents="Hi")
    client.models.get(model="m")
    assert records.all() == []


class TestGuardrails:
    def guarded(self, records: Records, endpoint: ScriptedEndpoint, make: Any, hook: Any) -> Any:
        logger = Logger(plugins=[records, hook], environ={}, file=False)
        records.logger = logger
        return logger.wrap(make(endpoint.url))

    def test_what_a_hook_edits_is_what_is_sent(
        self, endpoint: ScriptedEndpoint, wire: SimpleNamespace
    ) -> None:
        class Guard:
            @llmlog.hookimpl
            def pre_call(self, call: llmlog.Call) -> None:
                call.messages = [{"role": "system", "parts": [{"text": "Be kind."}]},
                                 {"role": "user", "parts": [{"text": "Hello?"}]}]  # fmt: skip
                call.parameters = {**call.parameters, "temperature": 0.1}

        records = Records()
        endpoint.default = wire.json(wire.answer)
        client = self.guarded(records, endpoint, wire.make, Guard())
        client.models.generate_content(
            model="m", contents="Hi", config={"max_output_tokens": 9, "system_instruction": "No."}
        )
        sent = endpoint.requests[0].json()
        assert sent["contents"] == [{"role": "user", "parts": [{"text": "Hello?"}]}]
        assert sent["systemInstruction"]["parts"] == [{"text": "Be kind."}]
        assert sent["generationConfig"] == {"maxOutputTokens": 9, "temperature": 0.1}
        assert records.one().input_messages[0].text == "Be kind."

    def test_what_a_hook_blocks_is_not_sent(
        self, endpoint: ScriptedEndpoint, wire: SimpleNamespace
    ) -> None:
        class Guard:
            @llmlog.hookimpl
            def pre_call(self, call: llmlog.Call) -> None:
                raise llmlog.Blocked("no")

        records = Records()
        client = self.guarded(records, endpoint, wire.make, Guard())
        with pytest.raises(llmlog.Blocked):
            client.models.generate_content(model="m", contents="Hi")
        assert endpoint.requests == []
        assert records.one().status == "blocked"


@pytest.mark.parametrize("streamed", [False, True])
def test_results_and_requests_are_the_same(
    streamed: bool, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.events(*wire.stream) if streamed else wire.json(wire.answer)
    assert records.logger is not None
    plain, wrapped = wire.make(endpoint.url), records.logger.wrap(wire.make(endpoint.url))
    results = []
    for client in (plain, wrapped):
        if streamed:
            results.append(list(client.models.generate_content_stream(model="m", contents="Hi")))
        else:
            results.append(client.models.generate_content(model="m", contents="Hi"))
    without, with_llmlog = (str(result) for result in results)
    assert with_llmlog == without
    first, second = endpoint.requests
    assert (second.path, second.content) == (first.path, first.content)
    records.one()


def test_what_a_client_has_read_already_is_recorded_too(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, monkeypatch: Any
) -> None:
    plain, streamed = BaseApiClient.request, BaseApiClient.request_streamed
    monkeypatch.setattr(BaseApiClient, "request", lambda *asked: json.loads(plain(*asked).body))
    monkeypatch.setattr(BaseApiClient, "request_streamed", lambda *asked: (
        json.loads(piece.body) for piece in streamed(*asked)))  # fmt: skip
    assert records.logger is not None
    client = records.logger.wrap(wire.make(endpoint.url))
    question = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    endpoint.default = wire.json(wire.answer)
    assert client._api_client.request("post", "models/m:generateContent", question) == wire.answer
    endpoint.default = wire.events(*wire.stream)
    path = "models/m:streamGenerateContent?alt=sse"
    assert list(client._api_client.request_streamed("post", path, question))
    whole, pieces = records.all()
    assert (whole.output_messages[0].text, pieces.output_messages[0].text) == ("Hello", "Hello")
    assert (whole.usage.raw, pieces.usage.raw) == (wire.usage, wire.usage)


def test_whose_key_it_was_is_told_without_the_key(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: Any
) -> None:
    endpoint.default = wire.json(wire.body({"text": "Hello"}))
    client.models.generate_content(model="gemini-2.5-flash", contents="Hi")
    payload = records.one()
    assert payload.key_hash is not None
    assert payload.key_hash.startswith("k-")
    assert b"fake-key-of-a-test" not in to_json(payload)
