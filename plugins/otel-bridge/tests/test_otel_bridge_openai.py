"""The openai client through others' instrumentations: the same record as through llmlog's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInference
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetry

from llmlog import Logger
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records

OWN = {"id", "timing", "chunks", "trace_id", "span_id", "attributes"}
"""What two runs cannot share, and what says who saw it."""

ASKS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "chat": (
        lambda wire: wire.json(wire.completion()),
        lambda client: client.chat.completions.create(
            model="gpt-4o-mini", messages=MESSAGES, temperature=0.5, max_tokens=9),
    ),
    "tools": (
        lambda wire: wire.json(wire.completion(tool_calls=[wire.call])),
        lambda client: client.chat.completions.create(
            model="gpt-4o-mini", messages=MESSAGES[:2], tools=[TOOL]),
    ),
    "stream": (
        lambda wire: wire.events(*wire.words, done=True),
        lambda client: list(client.chat.completions.create(
            model="gpt-4o-mini", messages=MESSAGES[:2], stream=True,
            stream_options={"include_usage": True})),
    ),
    "failure": (
        lambda wire: wire.json({"error": {"message": "Slow down", "code": "x"}}, 429),
        lambda client: client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES[:1]),
    ),
    "responses": (
        lambda wire: wire.json(wire.response),
        lambda client: client.responses.create(
            model="gpt-4o-mini", input="Hi", instructions="Be brief.", temperature=0.5),
    ),
    "completions": (
        lambda wire: wire.json({
            "id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m-1",
            "choices": [{"index": 0, "text": "x", "finish_reason": "stop", "logprobs": None}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}),
        lambda client: client.completions.create(model="m", prompt="x", max_tokens=9),
    ),
    "embeddings": (
        lambda wire: wire.json({
            "object": "list", "model": "m-1", "usage": {"prompt_tokens": 3, "total_tokens": 3},
            "data": [{"object": "embedding", "index": index, "embedding": [0.1, 0.2]}
                     for index in (0, 1)]}),
        lambda client: client.embeddings.create(
            model="m", input=["a", "b"], encoding_format="float"),
    ),
}  # fmt: skip
CALL = {"id": "c0", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
MESSAGES: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Wait.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c0", "content": "Rain"},
]
TOOL: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

NOT_SAID: dict[tuple[str, str], set[str]] = {
    # OpenInference names neither the server nor the error's code, and no limits. A span has no key.
    ("openinference", "*"): {
        "server_address",
        "server_port",
        "error.code",
        "error.stacktrace",
        "key_hash",
    },
    # OpenLLMetry holds counts under its own names, and no error's code.
    ("openllmetry", "*"): {"usage.raw", "error.code", "error.stacktrace", "key_hash"},
    ("openllmetry", "stream"): {"usage", "cost", "parameters", "service_tier"},
    ("openllmetry", "responses"): {
        "server_address",
        "server_port",
        "parameters",
        "stream",
        "output_messages",  # which it says to have stopped, not that they are complete
    },
    ("openllmetry", "completions"): {"usage"},
    ("openllmetry", "embeddings"): {"output_value", "parameters", "usage"},
}


def ask(client: openai.OpenAI, name: str) -> None:
    try:
        ASKS[name][1](client)
    except openai.OpenAIError:
        assert name == "failure"


def output_text(record: dict[str, Any]) -> list[str]:
    return [message.text for message in record["output_messages"]]


LIBRARIES: dict[str, Any] = {"openinference": OpenInference, "openllmetry": OpenLLMetry}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ASKS)
def test_a_span_is_the_record_that_llmlog_makes_itself(
    plainly: Callable[..., dict[str, Any]],
    name: str, library: str, client: openai.OpenAI, endpoint: ScriptedEndpoint, records: Records,
    wire: SimpleNamespace, instrument: Callable[[Any], None],
) -> None:  # fmt: skip
    pytest.importorskip("llmlog_openai")
    endpoint.default = ASKS[name][0](wire)
    instrument(LIBRARIES[library]())
    ask(client, name)
    bridged = plainly(records.one(), OWN)
    own = Records()
    with Logger(plugins=[own], environ={}, file=False) as own.logger:
        ask(own.logger.wrap(client), name)
        mine = plainly(own.one(), OWN)
    assert output_text(bridged) == output_text(mine)
    differing = {field for field in mine if mine[field] != bridged.get(field)}
    not_said = NOT_SAID.get((library, "*"), set()) | NOT_SAID.get((library, name), set())
    assert differing - not_said == set(), {
        field: (mine[field], bridged.get(field)) for field in differing - not_said
    }


class TestOneRecord:
    @pytest.mark.parametrize("name", ASKS)
    @pytest.mark.parametrize("order", [("openinference", "openllmetry"),
                                       ("openllmetry", "openinference")])  # fmt: skip
    def test_two_instrumentations_are_one_record(
        self, name: str, order: tuple[str, str], client: openai.OpenAI, endpoint: ScriptedEndpoint,
        records: Records, wire: SimpleNamespace, instrument: Callable[[Any], None],
    ) -> None:  # fmt: skip
        endpoint.default = ASKS[name][0](wire)
        for library in order:
            instrument(LIBRARIES[library]())
        ask(client, name)
        record = records.one()
        assert record.status == ("failure" if name == "failure" else "success")
        assert record.request_model in ("gpt-4o-mini", "m")

    @pytest.mark.parametrize("library", LIBRARIES)
    @pytest.mark.parametrize("name", ASKS)
    def test_llmlogs_own_record_is_the_one(
        self, name: str, library: str, client: openai.OpenAI, endpoint: ScriptedEndpoint,
        records: Records, wire: SimpleNamespace, instrument: Callable[[Any], None],
    ) -> None:  # fmt: skip
        pytest.importorskip("llmlog_openai")
        endpoint.default = ASKS[name][0](wire)
        instrument(LIBRARIES[library]())
        assert records.logger is not None
        ask(records.logger.wrap(client), name)
        record = records.one()
        assert record.status == ("failure" if name == "failure" else "success")
        assert record.server_address == "api.openai.com"
        assert "otel.scope.name" not in record.attributes
        assert record.failed or name == "embeddings" or record.output_messages[0].text

    def test_another_loggers_records_are_its_own(
        self, client: openai.OpenAI, endpoint: ScriptedEndpoint, records: Records,
        wire: SimpleNamespace, instrument: Callable[[Any], None],
    ) -> None:  # fmt: skip
        pytest.importorskip("llmlog_openai")
        endpoint.default = ASKS["chat"][0](wire)
        instrument(OpenInference())
        other = Records()
        with Logger(plugins=[other], environ={}, file=False) as other.logger:
            ask(other.logger.wrap(client), "chat")
            assert [one.status for one in (records.one(), other.one())] == ["success", "success"]

    def test_two_calls_with_one_response_id_are_two(
        self, client: openai.OpenAI, endpoint: ScriptedEndpoint, records: Records,
        wire: SimpleNamespace, instrument: Callable[[Any], None],
    ) -> None:  # fmt: skip
        endpoint.default = ASKS["chat"][0](wire)
        instrument(OpenInference())
        ask(client, "chat")
        ask(client, "chat")
        assert len(records.all()) == 2


def test_an_async_stream_too(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
    instrument: Callable[[Any], None],
) -> None:  # fmt: skip
    endpoint.default = ASKS["stream"][0](wire)
    instrument(OpenInference())

    async def main() -> None:
        async with openai.AsyncOpenAI(base_url=f"{endpoint.url}/v1", api_key="sk-fake") as client:
            stream = await client.chat.completions.create(model="m", messages=[], stream=True)
            async for _ in stream:
                pass

    asyncio.run(main())
    record = records.one()
    assert (record.status, record.stream, record.output_messages[0].text) == (
        "success", True, "Hello",
    )  # fmt: skip
    assert record.timing.time_to_first_token_ns is not None


def test_an_instrumented_stream_that_is_wrapped_too_is_recorded_whole(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
    instrument: Callable[[Any], None],
) -> None:  # fmt: skip
    pytest.importorskip("llmlog_openai")
    endpoint.default = ASKS["stream"][0](wire)
    instrument(OpenInference())
    assert records.logger is not None

    async def main() -> None:
        assert records.logger is not None
        plain = openai.AsyncOpenAI(base_url=f"{endpoint.url}/v1", api_key="sk-fake")
        async with records.logger.wrap(plain) as client:
            stream = await client.chat.completions.create(model="m", messages=[], stream=True)
            assert [chunk.id async for chunk in stream]

    asyncio.run(main())
    record = records.one()
    assert (record.status, record.output_messages[0].text) == ("success", "Hello")
    assert record.usage is not None
