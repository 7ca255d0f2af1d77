"""LangChain's own runs, with its own fake models, become records with their parents."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool

import llmlog
from llmlog import Logger, Media, Payload, Reasoning, Text, ToolCall, ToolResult
from llmlog.testing.records import Records
from llmlog_langchain import CallbackHandler

ANSWER = AIMessage(
    content="Hello there", id="msg_1",
    usage_metadata={
        "input_tokens": 1321, "output_tokens": 9, "total_tokens": 1330,
        "input_token_details": {"cache_read": 1000, "cache_creation": 300},
        "output_token_details": {"reasoning": 4},
    },
    response_metadata={"model_name": "m-1-2026", "finish_reason": "stop"},
)  # fmt: skip


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what a Logger of its own records."""
    made = Records()
    with Logger(plugins=[made], environ={}, file=False) as made.logger:
        yield made


@pytest.fixture
def config(records: Records) -> dict[str, Any]:
    """Return a run's configuration with the handler."""
    return {"callbacks": [CallbackHandler(records.logger)]}


def model(*answers: Any) -> GenericFakeChatModel:
    """Return a model that gives these answers."""
    return GenericFakeChatModel(messages=iter(answers or (ANSWER,)))


def by_name(records: Records) -> dict[str | None, Payload]:
    """Return the records by their names, which must differ."""
    made = records.all()
    names = {payload.name: payload for payload in made}
    assert len(names) == len(made)
    return names


def test_a_chat(records: Records, config: dict[str, Any]) -> None:
    messages = [
        ("system", "Be brief."),
        HumanMessage([{"type": "text", "text": "Look:"},
                      {"type": "image", "source_type": "base64", "data": "aWNv", "mime_type": "image/png"},
                      {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]),
        AIMessage([{"type": "reasoning", "reasoning": "Hm."},
                   {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}],
                  tool_calls=[{"id": "c1", "name": "f", "args": {"a": 1}}]),
        ToolMessage("Rain", tool_call_id="c1"),
    ]  # fmt: skip
    answer = model().invoke(messages, {**config, "tags": ["checkout"], "metadata": {
        "session_id": "s-1", "user_id": "u-1", "order": 7, "ls_model_name": "m-1",
        "ls_provider": "google_genai"}}, temperature=0.2)  # fmt: skip
    assert answer.content == "Hello there"
    payload = records.one()
    assert (payload.kind, payload.status, payload.name) == (
        "chat",
        "success",
        "GenericFakeChatModel",
    )
    assert [message.role for message in payload.input_messages] == [
        "system", "user", "assistant", "tool",
    ]  # fmt: skip
    _, user, assistant, result = (message.parts for message in payload.input_messages)
    assert user[0] == Text(content="Look:")
    assert [(part.modality, part.mime_type, part.content, part.uri) for part in user[1:]
            if isinstance(part, Media)] == [
        ("image", "image/png", "aWNv", None), ("image", None, None, "https://example.com/a.png"),
    ]  # fmt: skip
    assert assistant == (
        Reasoning(content="Hm."), ToolCall(id="c1", name="f", arguments={"a": 1}),
    )  # fmt: skip
    assert result == (ToolResult(id="c1", response="Rain"),)
    assert payload.output_messages[0].text == "Hello there"
    assert payload.finish_reasons == ("stop",)
    assert (payload.response_model, payload.response_id) == ("m-1-2026", "msg_1")
    assert payload.parameters["temperature"] == 0.2
    assert (payload.session_id, payload.user_id) == ("s-1", "u-1")
    assert payload.tags == ("checkout",)
    assert payload.metadata == {"session_id": "s-1", "user_id": "u-1", "order": 7}


def test_tokens_are_counted_once(records: Records, config: dict[str, Any]) -> None:
    model().invoke("Hi", config)
    usage = records.one().usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (
        21,
        1000,
        300,
    )
    assert (usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (5, 4, 1330)


def test_who_is_asked(records: Records, config: dict[str, Any]) -> None:
    class Gemini(GenericFakeChatModel):
        def _get_ls_params(self, stop: Any = None, **_: Any) -> Any:
            return {"ls_provider": "google_genai", "ls_model_name": "gemini-2.5-flash"}

    spec = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    Gemini(messages=iter([ANSWER])).bind(tools=[spec], temperature=0.5).invoke("Hi", config)
    payload = records.one()
    assert (payload.provider_name, payload.request_model) == ("gcp.gemini", "gemini-2.5-flash")
    assert payload.tools == (spec,)
    assert payload.parameters["temperature"] == 0.5


def chain() -> Any:
    """Return a prompt, a model and a parser."""
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{question}")])
    return (prompt | model() | StrOutputParser()).with_config(run_name="shop")


def check_tree(records: Records) -> None:
    runs = by_name(records)
    root = runs["shop"]
    assert set(runs) == {"shop", "ChatPromptTemplate", "GenericFakeChatModel", "StrOutputParser"}
    assert root.parent_span_id is None
    assert root.trace_id == root.id.replace("-", "")
    for payload in runs.values():
        assert payload.status == "success"
        run_id = UUID(str(payload.attributes["langchain.run_id"]))
        assert UUID(payload.id).version == 7
        assert payload.id == str(run_id) or run_id.version != 7  # as in older versions
        assert payload.span_id == run_id.hex[16:]
        if payload is not root:
            assert payload.kind == ("chat" if "Model" in str(payload.name) else "chain")
            assert (payload.trace_id, payload.parent_span_id) == (root.trace_id, root.span_id)
            assert payload.ancestor_ids == (root.id,)
    assert root.input_value == {"question": "Hi"}
    assert root.output_value == {"value": "Hello there"}
    assert runs["GenericFakeChatModel"].input_messages[1].text == "Hi"


def test_a_chain_is_a_tree(records: Records, config: dict[str, Any]) -> None:
    assert chain().invoke({"question": "Hi"}, config) == "Hello there"
    check_tree(records)


def test_an_async_chain_too(records: Records, config: dict[str, Any]) -> None:
    assert asyncio.run(chain().ainvoke({"question": "Hi"}, config)) == "Hello there"
    check_tree(records)


def test_a_streamed_chain_too(records: Records, config: dict[str, Any]) -> None:
    assert "".join(chain().stream({"question": "Hi"}, config)) == "Hello there"
    check_tree(records)


def test_an_async_streamed_chain_too(records: Records, config: dict[str, Any]) -> None:
    async def main() -> str:
        return "".join([piece async for piece in chain().astream({"question": "Hi"}, config)])

    assert asyncio.run(main()) == "Hello there"
    check_tree(records)


def test_branches_on_threads_keep_their_parent(records: Records, config: dict[str, Any]) -> None:
    branches = RunnableParallel(
        a=model().with_config(run_name="a"), b=model().with_config(run_name="b")
    )
    branches.with_config(run_name="both").invoke("Hi", config)
    runs = by_name(records)
    for name in ("a", "b"):
        assert runs[name].ancestor_ids == (runs["both"].id,)


class TestStreams:
    def test_the_rhythm_and_what_only_the_end_says(
        self, records: Records, config: dict[str, Any]
    ) -> None:
        class Thinking(GenericFakeChatModel):
            def _stream(self, *_: Any, run_manager: Any = None, **__: Any) -> Any:
                pieces: list[dict[str, Any]] = [
                    {"content": [{"type": "reasoning", "reasoning": "Hm.", "index": 0}]},
                    {"content": [{"type": "text", "text": "Wait", "index": 1}]},
                    {"content": "", "tool_call_chunks": [
                        {"name": "f", "args": '{"a"', "id": "c1", "index": 0}]},
                    {"content": "", "tool_call_chunks": [
                        {"name": None, "args": ": 1}", "id": None, "index": 0}],
                     "response_metadata": {"finish_reason": "tool_calls", "model_name": "m-1"},
                     "usage_metadata": {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}},
                ]  # fmt: skip
                for piece in pieces:
                    chunk = ChatGenerationChunk(message=AIMessageChunk(**piece))
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

        list(Thinking(messages=iter(())).stream("Hi", config))
        payload = records.one()
        assert (payload.status, payload.stream) == ("success", True)
        assert payload.output_messages[0].parts == (
            Reasoning(content="Hm."), Text(content="Wait"),
            ToolCall(id="c1", name="f", arguments={"a": 1}),
        )  # fmt: skip
        assert payload.finish_reasons == ("tool_calls",)
        assert payload.response_model == "m-1"
        assert payload.usage is not None
        assert payload.usage.total_tokens == 8
        assert payload.timing.time_to_first_token_ns is not None
        assert payload.chunks is not None
        assert payload.chunks.count >= 4

    def test_a_stream_left_early_is_given_up(
        self, records: Records, config: dict[str, Any]
    ) -> None:
        stream = model().stream("Hi", config)
        assert next(stream).content == "Hello"
        stream.close()  # type: ignore[attr-defined]
        payload = records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hello")

    def test_a_cancelled_run_is_given_up(self, records: Records, config: dict[str, Any]) -> None:
        async def main() -> None:
            begun = asyncio.Event()

            async def wait(_: Any) -> None:
                begun.set()
                await asyncio.sleep(60)

            task = asyncio.create_task(RunnableLambda(wait, name="slow").ainvoke("x", config))
            await begun.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        assert records.one().status == "aborted"


@pytest.mark.parametrize("stream", [False, True])
def test_a_text_model(records: Records, config: dict[str, Any], stream: bool) -> None:
    kind = FakeStreamingListLLM if stream else FakeListLLM
    asked: Any = kind(responses=["Rain"])
    said = "".join(asked.stream("Weather?", config)) if stream else asked.invoke("Weather?", config)
    assert said == "Rain"
    payload = records.one()
    assert (payload.kind, payload.status) == ("text_completion", "success")
    assert payload.input_messages[0].text == "Weather?"
    assert payload.output_messages[0].text == "Rain"


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    if city == "Atlantis":
        message = "no such city"
        raise LookupError(message)
    return f"Rain in {city}"


class TestTools:
    def test_a_tool(self, records: Records, config: dict[str, Any]) -> None:
        weather.invoke({"city": "Oslo"}, config)
        payload = records.one()
        assert (payload.kind, payload.name, payload.status) == ("tool", "weather", "success")
        assert payload.input_value == {"city": "Oslo"}
        assert payload.output_value == {"value": "Rain in Oslo"}

    def test_a_tool_that_a_model_called(self, records: Records, config: dict[str, Any]) -> None:
        call = {"name": "weather", "args": {"city": "Oslo"}, "id": "c1", "type": "tool_call"}
        assert weather.invoke(call, config).content == "Rain in Oslo"
        assert records.one().output_value == {"value": "Rain in Oslo"}

    def test_a_tool_that_fails_fails_what_is_around(
        self, records: Records, config: dict[str, Any]
    ) -> None:
        around = RunnableLambda(itemgetter("city"), name="city") | weather
        with pytest.raises(LookupError, match="no such city"):
            around.with_config(run_name="around").invoke({"city": "Atlantis"}, config)
        runs = by_name(records)
        assert runs["city"].status == "success"
        for name in ("weather", "around"):
            error = runs[name].error
            assert error is not None
            assert (runs[name].status, error.type) == ("failure", "LookupError")


def test_a_retriever(records: Records, config: dict[str, Any]) -> None:
    class Shelf(BaseRetriever):
        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun
        ) -> list[Document]:
            return [Document(id="d1", page_content=f"About {query}", metadata={"page": 3})]

    Shelf().invoke("rain", config)
    payload = records.one()
    assert (payload.kind, payload.name, payload.input_value) == ("retrieval", "Shelf", "rain")
    assert payload.output_value == {
        "documents": [{"id": "d1", "content": "About rain", "metadata": {"page": 3}}],
    }  # fmt: skip


def test_a_model_that_fails(records: Records, config: dict[str, Any]) -> None:
    with pytest.raises((RuntimeError, StopIteration)):
        GenericFakeChatModel(messages=iter(())).invoke("Hi", config)
    payload = records.one()
    assert payload.status == "failure"
    assert payload.error is not None


def test_runs_nest_in_calls_of_llmlog(records: Records, config: dict[str, Any]) -> None:
    assert records.logger is not None
    with llmlog.context(session="s-1", user="u-1"), \
            records.logger.call(kind="agent", name="agent") as agent:  # fmt: skip
        model().invoke("Hi", config)
    runs = by_name(records)
    inner = runs["GenericFakeChatModel"]
    assert inner.ancestor_ids == (agent.id,)
    assert (inner.trace_id, inner.parent_span_id) == (runs["agent"].trace_id, agent.span.span_id)
    assert (inner.session_id, inner.user_id) == ("s-1", "u-1")


def test_a_run_id_of_ones_own_stays_its_span(records: Records, config: dict[str, Any]) -> None:
    run_id = UUID("5a0c0b5e-7e5c-4c3e-9d5f-0123456789ab")
    model().invoke("Hi", {**config, "run_id": run_id})
    payload = records.one()
    assert payload.span_id == run_id.hex[16:]
    assert UUID(payload.id).version == 7
    assert payload.attributes["langchain.run_id"] == str(run_id)


class TestHooks:
    def test_what_a_guardrail_blocks_is_not_asked(self) -> None:
        class Guard:
            @llmlog.hookimpl
            def pre_call(self, call: llmlog.Call) -> None:
                if call.fields.get("kind") == "chat":
                    raise llmlog.Blocked("no such words")

        records = Records()
        with Logger(plugins=[records, Guard()], environ={}, file=False) as records.logger:
            handler = CallbackHandler(records.logger)
            unasked = iter([ANSWER])
            with pytest.raises(llmlog.Blocked):
                GenericFakeChatModel(messages=unasked).invoke("Hi", {"callbacks": [handler]})
            assert next(unasked) is ANSWER
            assert records.one().status == "blocked"

    def test_what_cannot_be_read_stays_out_of_the_way(
        self, records: Records, config: dict[str, Any]
    ) -> None:
        (handler,) = config["callbacks"]
        run_id = UUID(int=1)
        handler.on_llm_end(object(), run_id=run_id)
        handler.on_chat_model_start(None, [[object()]], run_id=run_id)
        handler.on_llm_new_token(object(), run_id=run_id)
        handler.on_llm_end(object(), run_id=run_id)
        assert records.one().status == "success"


def test_nothing_is_kept_of_ended_runs(records: Records, config: dict[str, Any]) -> None:
    (handler,) = config["callbacks"]
    chain().invoke({"question": "Hi"}, config)
    list(chain().stream({"question": "Hi"}, config))
    assert (handler._tree._calls, handler._pieces) == ({}, {})


def test_it_is_found_as_a_bridge() -> None:
    from importlib.metadata import entry_points

    (point,) = entry_points(group="llmlog.bridges", name="langchain")
    assert point.load() is CallbackHandler
