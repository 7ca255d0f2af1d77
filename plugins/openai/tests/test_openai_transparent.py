"""A wrapped client does what the client does: same requests, same results, same exceptions."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import openai
import pydantic
import pytest

import llmlog
from llmlog import Logger
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records

MESSAGES = [{"role": "user", "content": "Hi"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


class City(pydantic.BaseModel):
    name: str


def embeddings(wire: SimpleNamespace) -> Any:
    """Answer with vectors in the form that the client asks for by itself."""
    vectors = [{"object": "embedding", "index": index, "embedding": "zczMPc3MTD6amZk+"}
               for index in (0, 1)]  # fmt: skip
    return wire.json({"object": "list", "model": "text-embedding-3-small", "data": vectors,
                      "usage": {"prompt_tokens": 8, "total_tokens": 8}})  # fmt: skip


def parsed(wire: SimpleNamespace) -> Any:
    """Answer with JSON of the wanted shape."""
    message = {"role": "assistant", "content": '{"name": "Oslo"}'}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return wire.json({**wire.completion, "choices": [choice]})


def parsed_response(wire: SimpleNamespace) -> Any:
    """Answer with JSON of the wanted shape."""
    (output,) = wire.response["output"]
    part = {"type": "output_text", "text": '{"name": "Oslo"}', "annotations": []}
    return wire.json({**wire.response, "output": [{**output, "content": [part]}]})


def text_completion(wire: SimpleNamespace) -> Any:
    """Answer with two choices."""
    choices = [{"index": index, "text": "x", "finish_reason": "stop", "logprobs": None}
               for index in (0, 1)]  # fmt: skip
    return wire.json({"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m",
                      "choices": choices, "usage": wire.usage})  # fmt: skip


def chat(**more: Any) -> Callable[[Any], Any]:
    """Return the usual request."""
    return lambda client: client.chat.completions.create(
        model="gpt-4o-mini", messages=MESSAGES, **more
    )


METHODS: dict[str, tuple[Callable[[SimpleNamespace], Answer], Callable[[Any], Any]]] = {
    "chat": (lambda wire: wire.json(wire.completion), chat(temperature=0.5, n=1, tools=[TOOL])),
    "chat, more in the body": (
        lambda wire: wire.json(wire.completion),
        chat(extra_body={"top_k": 5}, extra_headers={"x-a": "b"}, extra_query={"q": "1"}),
    ),
    "chat, streamed": (lambda wire: wire.events(*wire.words), chat(stream=True)),
    "chat, streamed with usage": (
        lambda wire: wire.events(*wire.words, wire.counted),
        chat(stream=True, stream_options={"include_usage": True}),
    ),
    "chat, parsed": (
        parsed,
        lambda client: client.chat.completions.parse(
            model="m", messages=MESSAGES, response_format=City
        ),
    ),
    "completions": (
        text_completion, lambda client: client.completions.create(model="m", prompt="x", n=2)
    ),
    "responses": (
        lambda wire: wire.json(wire.response),
        lambda client: client.responses.create(model="m", input="Hi", instructions="Be brief."),
    ),
    "responses, streamed": (
        lambda wire: wire.events(*wire.response_events, done=False),
        lambda client: client.responses.create(model="m", input=MESSAGES, stream=True),
    ),
    "responses, parsed": (
        parsed_response,
        lambda client: client.responses.parse(model="m", input="Hi", text_format=City),
    ),
    "embeddings": (
        embeddings, lambda client: client.embeddings.create(model="m", input=["a", "b"])
    ),
    "moderations": (
        lambda wire: wire.json({"id": "modr-1", "model": "m", "results": []}),
        lambda client: client.moderations.create(input="x"),
    ),
    "images": (
        lambda wire: wire.json({"created": 1, "data": [{"b64_json": "iVBO"}]}),
        lambda client: client.images.generate(model="m", prompt="x"),
    ),
    "transcriptions": (
        lambda wire: wire.json({"text": "Imagine."}),
        lambda client: client.audio.transcriptions.create(model="m", file=("a.wav", b"RIFF")),
    ),
    "models, which is no call": (
        lambda wire: wire.json({"id": "m", "object": "model", "created": 1, "owned_by": "x"}),
        lambda client: client.models.retrieve("m"),
    ),
    "a path of one's own": (
        lambda wire: wire.json({"answer": 1}),
        lambda client: client.post("/chat/completions", cast_to=object, body={"messages": []}),
    ),
    "a failure": (lambda wire: Answer(status=429, content=b'{"error": {"code": "x"}}'), chat()),
    "no JSON at all": (
        lambda wire: Answer(content=b"<html>", headers={"content-type": "text/html"}), chat()
    ),
}  # fmt: skip


async def outcome_of(ask: Callable[[Any], Any], client: Any) -> Any:
    """Return what a caller gets: the value, the chunks, or the exception."""
    try:
        result = ask(client)
        value = await result if inspect.isawaitable(result) else result
        if hasattr(value, "__anext__"):
            return type(value).__name__, [chunk async for chunk in value]
        return (type(value).__name__, list(value)) if hasattr(value, "__next__") else value
    except openai.OpenAIError as problem:
        return type(problem), str(problem)
    finally:
        closing = client.close()
        if closing is not None:
            await closing


def sent(endpoint: ScriptedEndpoint) -> list[Any]:
    """Return what the endpoint received, without what differs between any two requests."""
    apart = ("idempotency-key", "content-type", "content-length")
    return [(request.method, request.path,
             b"multipart" if b"RIFF" in request.content else request.content,
             {name: value for name, value in request.headers.items() if name not in apart})
            for request in endpoint.requests]  # fmt: skip


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
@pytest.mark.parametrize("name", METHODS)
def test_results_and_requests_are_the_same(
    name: str, kind: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    answer, ask = METHODS[name]
    endpoint.default = answer(wire)

    async def main() -> list[Any]:
        plain, wrapped = (
            kind(base_url=f"{endpoint.url}/v1", api_key=wire.key, max_retries=0) for _ in range(2)
        )
        assert records.logger is not None
        records.logger.wrap(wrapped)
        return [await outcome_of(ask, client) for client in (plain, wrapped)]

    without, with_llmlog = asyncio.run(main())
    assert with_llmlog == without
    if isinstance(without, pydantic.BaseModel):
        assert with_llmlog.model_fields_set == without.model_fields_set
    first, second = sent(endpoint)
    assert second == first
    assert len(records.all()) == (0 if "no call" in name else 1)


def test_the_client_is_the_same_object(records: Records) -> None:
    client = openai.OpenAI(api_key="sk-fake")
    assert records.logger is not None
    assert records.logger.wrap(client) is client
    assert type(client) is openai.OpenAI
    plain = openai.OpenAI(api_key="sk-fake")
    assert inspect.signature(client.request) == inspect.signature(plain.request)
    assert inspect.signature(client.with_options) == inspect.signature(plain.with_options)


def test_no_other_client_is_touched(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json(wire.completion)
    with openai.OpenAI(base_url=f"{endpoint.url}/v1", api_key=wire.key) as other:
        chat()(other)
    assert records.all() == []
    chat()(client)
    assert len(records.all()) == 1


def test_a_resource_taken_before_is_recorded_too(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
) -> None:
    endpoint.default = wire.json(wire.completion)
    assert records.logger is not None
    with openai.OpenAI(base_url=f"{endpoint.url}/v1", api_key=wire.key) as client:
        completions = client.chat.completions
        records.logger.wrap(client)
        completions.create(model="m", messages=[])
    assert records.one().request_model == "m"


def test_wrapping_twice_records_once(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json(wire.completion)
    assert records.logger is not None
    records.logger.wrap(client)
    chat()(client)
    chat()(client.with_options(timeout=5).copy(max_retries=1))
    assert len(records.all()) == 2


def test_the_last_logger_counts(
    endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace, client: openai.OpenAI
) -> None:
    endpoint.default = wire.json(wire.completion)
    other = Records()
    with Logger(plugins=[other], environ={}, file=False) as logger:
        logger.wrap(client)
        chat()(client)
        logger.flush(5)
        assert len(other.all()) == 1
    assert records.all() == []


def test_what_sends_no_requests_is_refused(records: Records) -> None:
    completions = openai.OpenAI(api_key="sk-fake").chat.completions
    assert records.logger is not None
    with pytest.raises(llmlog.PluginError, match="OpenAI"):
        records.logger.wrap(completions)


class TestRaw:
    def test_a_raw_response_is_the_clients_own(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.completion)
        raw = client.chat.completions.with_raw_response.create(model="m", messages=[])
        assert (raw.headers["x-request-id"], raw.retries_taken) == ("req_1", 0)
        assert raw.parse().choices[0].message.content == "Hello"
        payload = records.one()
        assert payload.output_messages[0].text == "Hello"
        assert payload.rate_limit == {"remaining-requests": "59"}
        assert payload.attributes == {"request_id": "req_1"}

    @pytest.mark.parametrize(
        "read",
        [lambda raw: raw.parse().choices[0].message.content, lambda raw: raw.json()["id"],
         lambda raw: raw.read(), lambda raw: list(raw.iter_lines()),
         lambda raw: b"".join(raw.iter_bytes(5))],
    )  # fmt: skip
    def test_a_streaming_response_is_recorded_as_it_is_read(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI, read: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.completion)
        create = client.chat.completions.with_streaming_response.create
        with create(model="m", messages=[]) as raw:
            assert read(raw)
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("success", "Hello")

    def test_a_streaming_response_that_nobody_reads_is_given_up(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        client: openai.OpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.completion)
        with client.chat.completions.with_streaming_response.create(model="m", messages=[]):
            pass
        assert records.one().status == "aborted"

    def test_async_streaming_responses_too(
        self, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        aclient: openai.AsyncOpenAI,
    ) -> None:  # fmt: skip
        endpoint.default = wire.json(wire.completion)

        async def main() -> Any:
            create = aclient.chat.completions.with_streaming_response.create
            async with aclient, create(model="m", messages=[]) as raw:
                return (await raw.parse()).choices[0].message.content

        assert asyncio.run(main()) == "Hello"
        assert records.one().output_messages[0].text == "Hello"

    def test_sound_is_measured_not_kept(
        self, endpoint: ScriptedEndpoint, records: Records, client: openai.OpenAI
    ) -> None:
        endpoint.default = Answer(content=b"\xff\xf3sound", headers={"content-type": "audio/mpeg"})
        speech = client.audio.speech.create(model="tts-1", voice="alloy", input="Hello")
        assert speech.content == b"\xff\xf3sound"
        payload = records.one()
        assert (payload.kind, payload.input_value) == ("speech", "Hello")
        assert payload.output_value == {"content_type": "audio/mpeg", "bytes": 7}

    def test_sound_that_is_read_in_pieces_too(
        self, endpoint: ScriptedEndpoint, records: Records, client: openai.OpenAI
    ) -> None:
        endpoint.default = Answer(content=b"\xff\xf3sound", headers={"content-type": "audio/mpeg"})
        create = client.audio.speech.with_streaming_response.create
        with create(model="tts-1", voice="alloy", input="Hello") as speech:
            assert b"".join(speech.iter_bytes(3)) == b"\xff\xf3sound"
        assert records.one().output_value == {"content_type": "audio/mpeg", "bytes": 7}
