"""What is asked and answered is in the record, under llmlog's names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import openai
import pydantic
import pytest

import llmlog
from llmlog import Logger, Message, Text, ToolCall
from llmlog.schema import to_json
from llmlog.tapping.provider import name_of
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records

TOOL: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def test_a_chat(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json({**wire.completion, "service_tier": "default"})
    messages: Any = [{"role": "system", "content": "Be brief."}, *wire.messages]
    client.chat.completions.create(
        model="gpt-4o-mini", messages=messages, tools=[TOOL], temperature=0.2, max_tokens=64,
        extra_body={"top_k": 3}, user="u",
    )  # fmt: skip
    payload = records.one()
    assert (payload.kind, payload.status, payload.stream) == ("chat", "success", False)
    assert (payload.request_model, payload.response_model) == (
        "gpt-4o-mini", "gpt-4o-mini-2024-07-18",
    )  # fmt: skip
    assert (payload.response_id, payload.service_tier) == ("chatcmpl-1", "default")
    assert [message.role for message in payload.input_messages] == ["system", "user"]
    assert payload.output_messages == (
        Message(role="assistant", parts=[Text(content="Hello")], finish_reason="stop"),
    )
    assert payload.tools == (TOOL,)
    assert payload.parameters == {"temperature": 0.2, "max_tokens": 64, "top_k": 3, "user": "u"}
    assert payload.usage is not None
    assert payload.usage.total_tokens == 29
    assert payload.server_address == "127.0.0.1"
    assert payload.server_port == int(endpoint.url.rpartition(":")[2])
    assert payload.attributes == {"request_id": "req_1"}
    assert payload.attempts == ()


def test_a_key_is_nowhere_in_a_record(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.script(wire.json(wire.completion), Answer(status=401, content=b"{}"))
    client.chat.completions.create(model="m", messages=[])
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m", messages=[])
    assert wire.key not in repr(records.all())


def test_a_response(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json(wire.response)
    client.responses.create(model="gpt-4.1", input="Hi", instructions="Be brief.", store=False)
    payload = records.one()
    assert [(message.role, message.text) for message in payload.input_messages] == [
        ("system", "Be brief."), ("user", "Hi"),
    ]  # fmt: skip
    assert payload.output_messages[0].text == "Hello"
    assert payload.parameters == {"store": False}
    assert payload.usage is not None
    assert (payload.usage.cache_read_tokens, payload.usage.reasoning_tokens) == (6, 2)


def test_a_response_that_failed_is_a_failure(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    error = {"code": "server_error", "message": "The model broke."}
    endpoint.default = wire.json({**wire.response, "status": "failed", "error": error})
    assert client.responses.create(model="gpt-4.1", input="Hi").status == "failed"
    payload = records.one()
    assert payload.status == "failure"
    assert payload.error is not None
    assert (payload.error.code, payload.error.message) == ("server_error", "The model broke.")
    assert payload.response_id == "resp_1"


@pytest.mark.parametrize("prompt", ["Say x", ["Say x", "Say y"]])
def test_a_text_completion(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI,
    prompt: Any,
) -> None:  # fmt: skip
    choice = {"index": 0, "text": "x", "finish_reason": "stop", "logprobs": None}
    endpoint.default = wire.json({"id": "c", "object": "text_completion", "created": 1,
                                  "model": "m", "choices": [choice]})  # fmt: skip
    client.completions.create(model="m", prompt=prompt)
    payload = records.one()
    assert payload.kind == "text_completion"
    assert [message.text for message in payload.input_messages] == (
        [prompt] if isinstance(prompt, str) else prompt
    )
    assert payload.output_messages[0].text == "x"


def test_token_ids_are_a_value(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json({"id": "c", "object": "text_completion", "choices": []})
    client.completions.create(model="m", prompt=[1, 2, 3])
    payload = records.one()
    assert (payload.input_value, payload.input_messages) == ([1, 2, 3], ())


def test_embeddings_without_their_vectors(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    vectors = [{"object": "embedding", "index": index, "embedding": [0.25] * 1536}
               for index in range(500)]  # fmt: skip
    endpoint.default = wire.json({"object": "list", "model": "text-embedding-3-small",
                                  "data": vectors,
                                  "usage": {"prompt_tokens": 8, "total_tokens": 8}})  # fmt: skip
    answer = client.embeddings.create(model="text-embedding-3", input=["a"] * 500)
    assert len(answer.data) == 500
    payload = records.one()
    assert (payload.kind, payload.input_value) == ("embedding", ["a"] * 500)
    assert payload.output_value == {"count": 500, "dimensions": 1536}
    assert payload.usage is not None
    assert payload.usage.input_tokens == 8
    assert payload.changes == ()


class TestFailures:
    def test_the_providers_words_and_every_try(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        refusal = wire.json(wire.error, **{"retry-after-ms": "1"})
        endpoint.default = Answer(status=429, content=refusal.content, headers=refusal.headers)
        with pytest.raises(openai.RateLimitError):
            client.with_options(max_retries=2).chat.completions.create(model="m", messages=[])
        payload = records.one()
        assert len(endpoint.requests) == 3
        assert payload.status == "failure"
        assert payload.error is not None
        assert (payload.error.type, payload.error.message) == ("RateLimitError", "Slow down")
        assert (payload.error.status_code, payload.error.code) == (429, "rate_limit_exceeded")
        assert (payload.error.request_id, payload.error.retryable) == ("req_1", True)
        assert [(attempt.number, attempt.reason, attempt.status) for attempt in payload.attempts] == [
            (1, "first", "failure"), (2, "retry", "failure"), (3, "retry", "failure"),
        ]  # fmt: skip
        assert payload.rate_limit == {"remaining-requests": "59"}

    def test_a_retry_that_helps_is_one_record(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        endpoint.script(
            Answer(status=500, headers={"retry-after-ms": "1"}), wire.events(*wire.words)
        )
        options = client.with_options(max_retries=2)
        list(options.chat.completions.create(model="m", messages=[], stream=True))
        payload = records.one()
        assert payload.status == "success"
        assert [attempt.status for attempt in payload.attempts] == ["failure", "success"]

    def test_no_connection(self, wrapped: Callable[..., Any], records: Records) -> None:
        with pytest.raises(openai.APIConnectionError):
            wrapped("http://127.0.0.1:9/v1").chat.completions.create(model="m", messages=[])
        error = records.one().error
        assert error is not None
        assert (error.type, error.retryable, error.status_code) == (
            "APIConnectionError",
            True,
            None,
        )

    def test_a_timeout(
        self, endpoint: ScriptedEndpoint, records: Records, client: openai.OpenAI
    ) -> None:
        endpoint.default = Answer(delay_s=5)
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="m", messages=[], timeout=0.1)
        error = records.one().error
        assert error is not None
        assert (error.type, error.retryable) == ("APITimeoutError", True)

    def test_cancellation_is_an_abort(
        self, endpoint: ScriptedEndpoint, records: Records, aclient: openai.AsyncOpenAI
    ) -> None:
        endpoint.default = Answer(delay_s=5)

        async def main() -> None:
            async with aclient:
                task = asyncio.create_task(aclient.chat.completions.create(model="m", messages=[]))
                await asyncio.to_thread(endpoint.wait_for, 1)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        assert records.one().status == "aborted"

    def test_an_answer_that_does_not_parse_is_in_the_record(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        class City(pydantic.BaseModel):
            name: str

        message = {"role": "assistant", "content": '{"na'}
        choice = {"index": 0, "finish_reason": "length", "message": message}
        endpoint.default = wire.json({**wire.completion, "choices": [choice]})
        with pytest.raises(openai.LengthFinishReasonError):
            client.chat.completions.parse(model="m", messages=[], response_format=City)
        payload = records.one()
        assert payload.status == "failure"
        assert payload.output_messages[0].text == '{"na'
        assert payload.usage is not None
        assert payload.usage.total_tokens == 29


class TestProviders:
    @pytest.mark.parametrize(
        ("host", "name"),
        [("api.openai.com", "openai"), ("eu.api.openai.com", "openai"),
         ("shop.openai.azure.com", "azure.ai.openai"), ("api.groq.com", "groq"),
         ("api.deepseek.com", "deepseek"), ("api.mistral.ai", "mistral_ai"),
         ("api.x.ai", "x_ai"), ("openrouter.ai", "openrouter"),
         ("generativelanguage.googleapis.com", "gcp.gemini"),
         ("europe-west4-aiplatform.googleapis.com", "gcp.vertex_ai"),
         ("bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"),
         ("notapi.openai.com", "notapi.openai.com"), ("llm.example.com", "llm.example.com"),
         ("localhost", "localhost")],
    )  # fmt: skip
    def test_the_host_says_who_answers(self, host: str, name: str) -> None:
        assert name_of(host) == name

    def test_azure_has_deployments(
        self, endpoint: ScriptedEndpoint, wrapped: Callable[..., Any], records: Records,
        wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.completion)
        options = {"base_url": None, "azure_endpoint": endpoint.url, "api_version": "2024-10-21"}
        client = wrapped("", openai.AzureOpenAI, **options)
        client.chat.completions.create(model="my-deployment", messages=[])
        payload = records.one()
        assert payload.provider_name == "azure.ai.openai"
        assert (payload.deployment_id, payload.request_model) == ("my-deployment", "my-deployment")
        assert "/deployments/my-deployment/" in endpoint.requests[0].path

    def test_the_default_port_is_said(
        self, to_loopback: Callable[[], httpx.Client], endpoint: ScriptedEndpoint,
        wrapped: Callable[..., Any], records: Records, wire: SimpleNamespace,
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.completion)
        client = wrapped("https://api.groq.com/openai/v1", http_client=to_loopback())
        client.chat.completions.create(model="m", messages=[])
        payload = records.one()
        assert (payload.provider_name, payload.server_address, payload.server_port) == (
            "groq", "api.groq.com", 443,
        )  # fmt: skip


class _Guard:
    """Edits or blocks calls before they are sent."""

    name = "guard"

    def __init__(self, edit: Callable[[llmlog.Call], None]) -> None:
        self._edit = edit

    @llmlog.hookimpl
    def pre_call(self, call: llmlog.Call) -> None:
        """Do what the test wants."""
        self._edit(call)


class TestGuardrails:
    @pytest.fixture
    def guarded(self, client: openai.OpenAI, endpoint: ScriptedEndpoint,
                wire: SimpleNamespace) -> Iterator[Any]:  # fmt: skip
        def make(edit: Callable[[llmlog.Call], None]) -> openai.OpenAI:
            endpoint.default = wire.json(wire.completion)
            logger = Logger(plugins=[_Guard(edit)], environ={}, file=False)
            made.append(logger)
            return logger.wrap(client)

        made: list[Logger] = []
        yield make
        for logger in made:
            logger.close(1)

    def test_what_is_edited_is_what_is_sent(self, guarded: Any, endpoint: ScriptedEndpoint) -> None:
        def edit(call: llmlog.Call) -> None:
            call.messages = [{"role": "user", "content": "[hidden]"}]
            call.parameters = {"temperature": 0}

        guarded(edit).chat.completions.create(
            model="m", messages=[{"role": "user", "content": "secret"}], top_p=1,
            extra_body={"top_k": 2},
        )  # fmt: skip
        assert endpoint.requests[0].json() == {
            "model": "m", "messages": [{"role": "user", "content": "[hidden]"}], "temperature": 0,
        }  # fmt: skip

    def test_instructions_are_edited_as_the_system_message(
        self, guarded: Any, endpoint: ScriptedEndpoint, wire: SimpleNamespace
    ) -> None:
        def edit(call: llmlog.Call) -> None:
            call.messages = [{**message, "content": "[hidden]"} for message in call.messages]

        client = guarded(edit)
        endpoint.default = wire.json(wire.response)
        client.responses.create(model="m", input="secret", instructions="secret too")
        assert endpoint.requests[0].json() == {
            "model": "m", "instructions": "[hidden]",
            "input": [{"role": "user", "content": "[hidden]"}],
        }  # fmt: skip

    def test_a_blocked_call_sends_nothing(self, guarded: Any, endpoint: ScriptedEndpoint) -> None:
        def block(call: llmlog.Call) -> None:
            raise llmlog.Blocked("no")

        with pytest.raises(llmlog.Blocked):
            guarded(block).chat.completions.create(model="m", messages=[])
        assert endpoint.requests == []

    def test_an_async_hook_is_awaited_on_the_callers_loop(
        self, endpoint: ScriptedEndpoint, wire: SimpleNamespace, aclient: openai.AsyncOpenAI
    ) -> None:
        loops = []

        class Guard:
            name = "guard"

            @llmlog.hookimpl
            async def pre_call(self, call: llmlog.Call) -> None:
                await asyncio.sleep(0)
                loops.append(asyncio.get_running_loop())
                call.messages = [{"role": "user", "content": "[hidden]"}]

        async def main() -> None:
            async with logger.wrap(aclient):
                await aclient.chat.completions.create(model="m", messages=[])
            assert loops == [asyncio.get_running_loop()]

        endpoint.default = wire.json(wire.completion)
        with Logger(plugins=[Guard()], environ={}, file=False) as logger:
            asyncio.run(main())
        assert endpoint.requests[0].json()["messages"][0]["content"] == "[hidden]"


def test_a_call_is_part_of_the_trace_around_it(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json(wire.completion)
    assert records.logger is not None
    with records.logger.call(kind="agent"), llmlog.context(session="s"):
        client.chat.completions.create(model="m", messages=[])
    chat, agent = records.all()
    assert (chat.trace_id, chat.parent_span_id) == (agent.trace_id, agent.span_id)
    assert chat.session_id == "s"


def test_tool_calls_and_several_choices(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    choices = [{"index": index, "finish_reason": "tool_calls",
                "message": {"role": "assistant", "content": None, "tool_calls": [call]}}
               for index in (0, 1)]  # fmt: skip
    endpoint.default = wire.json({**wire.completion, "choices": choices})
    client.chat.completions.create(model="m", messages=[], n=2)
    expected = (ToolCall(id="c", name="f", arguments={"a": 1}),)
    assert [message.parts for message in records.one().output_messages] == [expected] * 2


def test_whose_key_it_was_is_told_without_the_key(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: Any
) -> None:
    endpoint.default = wire.json(wire.completion)
    client.chat.completions.create(model="gpt-4o-mini", messages=wire.messages)
    payload = records.one()
    assert payload.key_hash is not None
    assert payload.key_hash.startswith("k-")
    assert b"sk-fake-key-of-a-test" not in to_json(payload)
