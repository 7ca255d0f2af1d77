"""Libraries that llmlog has no instrumentor for, through OpenInference's and OpenLLMetry's."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from llmlog import Payload, Text, ToolCall
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records

Instrument = Callable[[Any], None]


class TestMistral:
    """Through OpenInference."""

    @pytest.fixture
    def mistral(self, endpoint: ScriptedEndpoint, instrument: Instrument) -> Any:
        from openinference.instrumentation.mistralai import MistralAIInstrumentor

        instrument(MistralAIInstrumentor())
        try:
            from mistralai.client import Mistral
        except ImportError:
            from mistralai import Mistral
        return Mistral(api_key="fake", server_url=endpoint.url)

    def test_a_call_of_a_tool(
        self, mistral: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json({**wire.completion(content="", tool_calls=[wire.call]),
                                      "model": "mistral-small-2506"})  # fmt: skip
        mistral.chat.complete(model="mistral-small-latest", temperature=0.5, tools=[wire.tool],
                              messages=[{"role": "user", "content": "Hi"}])  # fmt: skip
        record = records.one()
        assert (record.kind, record.status, record.provider_name) == (
            "chat", "success", "mistral_ai",
        )  # fmt: skip
        assert (record.request_model, record.response_model) == (
            "mistral-small-latest", "mistral-small-2506",
        )  # fmt: skip
        assert record.input_messages[0].text == "Hi"
        assert record.output_messages[0].tool_calls == (
            ToolCall(name="f", id="c1", arguments={"a": 1}),
        )  # fmt: skip
        assert record.finish_reasons == ("tool_calls",)
        assert record.parameters["temperature"] == 0.5
        assert record.tools
        check_tokens(record)

    def test_a_refusal(
        self, mistral: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json({"message": "no"}, 401)
        with pytest.raises(Exception, match="401"):
            mistral.chat.complete(model="m", messages=[{"role": "user", "content": "Hi"}])
        error = records.one().error
        assert error is not None
        assert (error.status_code, error.retryable) == (401, False)


def check_tokens(record: Payload) -> None:
    usage = record.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens) == (15, 4)
    assert (usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (7, 3, 29)


class TestOllama:
    """Through OpenLLMetry, whose messages are flat here."""

    @pytest.fixture
    def ollama(self, endpoint: ScriptedEndpoint, instrument: Instrument) -> Any:
        from opentelemetry.instrumentation.ollama import OllamaInstrumentor

        instrument(OllamaInstrumentor())
        import ollama

        return ollama.Client(host=endpoint.url)

    def test_a_call(
        self, ollama: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json({
            "model": "llama3.2", "created_at": "2026-01-01T00:00:00Z", "done": True,
            "message": {"role": "assistant", "content": "Hello"}, "done_reason": "stop",
            "prompt_eval_count": 5, "eval_count": 2,
        })  # fmt: skip
        ollama.chat(model="llama3.2", messages=[{"role": "system", "content": "Be brief."},
                                                {"role": "user", "content": "Hi"}])  # fmt: skip
        record = records.one()
        assert (record.kind, record.provider_name, record.stream) == ("chat", "ollama", False)
        assert [(one.role, one.text) for one in record.input_messages] == [
            ("system", "Be brief."), ("user", "Hi"),
        ]  # fmt: skip
        assert record.output_messages[0].parts == (Text(content="Hello"),)
        assert record.usage is not None
        assert (record.usage.input_tokens, record.usage.output_tokens) == (5, 2)

    def test_a_stream(
        self, ollama: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        pieces = [{"model": "llama3.2", "message": {"role": "assistant", "content": word},
                   "done": False} for word in ("Hel", "lo")]  # fmt: skip
        last = {"model": "llama3.2", "message": {"role": "assistant", "content": ""}, "done": True,
                "prompt_eval_count": 5, "eval_count": 2}  # fmt: skip
        answers = [wire.json(piece) for piece in (*pieces, last)]
        content = b"\n".join(answer.content for answer in answers)
        endpoint.default = type(answers[0])(
            content=content, headers={"content-type": "application/x-ndjson"}
        )
        said = ollama.chat(model="llama3.2", stream=True,
                           messages=[{"role": "user", "content": "Hi"}])  # fmt: skip
        assert "".join(piece["message"]["content"] for piece in said) == "Hello"
        record = records.one()
        assert (record.stream, record.output_messages[0].text) == (True, "Hello")


class TestCohere:
    """Through OpenInference."""

    @pytest.fixture
    def cohere(self, endpoint: ScriptedEndpoint, instrument: Instrument) -> Any:
        from openinference.instrumentation.cohere import CohereInstrumentor

        instrument(CohereInstrumentor())
        import cohere

        return cohere.ClientV2(api_key="fake", base_url=endpoint.url)

    def test_a_call(
        self, cohere: Any, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace
    ) -> None:
        endpoint.default = wire.json({
            "id": "c-1", "finish_reason": "COMPLETE",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
            "usage": {"billed_units": {"input_tokens": 1, "output_tokens": 2},
                      "tokens": {"input_tokens": 5, "output_tokens": 2}},
        })  # fmt: skip
        cohere.chat(model="command-r", messages=[{"role": "user", "content": "Hi"}])
        record = records.one()
        assert (record.kind, record.provider_name) == ("chat", "cohere")
        assert record.request_model == "command-r"
        assert record.input_messages[0].text == "Hi"
        assert record.output_messages[0].text == "Hello"
        assert record.usage is not None
        assert record.usage.output_tokens == 2


class TestLangChain:
    """Through both."""

    @pytest.fixture(params=["openinference", "openllmetry"])
    def library(self, request: pytest.FixtureRequest, instrument: Instrument) -> str:
        if request.param == "openinference":
            from openinference.instrumentation.langchain import LangChainInstrumentor as LangChain
        else:
            from opentelemetry.instrumentation.langchain import LangchainInstrumentor as LangChain
        instrument(LangChain())
        name: str = request.param
        return name

    def chain(self) -> Any:
        from langchain_core.language_models import GenericFakeChatModel
        from langchain_core.messages import AIMessage
        from langchain_core.prompts import ChatPromptTemplate

        answer = AIMessage(
            "Hello there", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c1"}],
            response_metadata={"model_name": "m-1", "finish_reason": "stop"},
            usage_metadata={"input_tokens": 19, "output_tokens": 10, "total_tokens": 29,
                            "input_token_details": {"cache_read": 4},
                            "output_token_details": {"reasoning": 3}},
        )  # fmt: skip
        prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{word}")])
        model = GenericFakeChatModel(messages=iter([answer]))
        whose = {"session_id": "s-1", "order": 7}
        return (prompt | model).with_config(run_name="shop", metadata=whose)

    def test_a_chain_is_a_tree(self, library: str, records: Records) -> None:
        assert self.chain().invoke({"word": "Hi"}).content == "Hello there"
        runs = {record.kind + str(bool(record.parent_span_id)): record for record in records.all()}
        root, step, model = runs["chainFalse"], runs["chainTrue"], runs["chatTrue"]
        assert len(runs) == 3
        for under in (step, model):
            assert (under.trace_id, under.parent_span_id) == (root.trace_id, root.span_id)
            assert under.ancestor_ids == (root.id,)
        assert [(one.role, one.text) for one in model.input_messages] == [
            ("system", "Be brief."), ("user", "Hi"),
        ]  # fmt: skip
        assert model.output_messages[0].text == "Hello there"
        assert model.output_messages[0].tool_calls[0].arguments == {"a": 1}
        assert model.session_id == "s-1"
        assert str(model.metadata["order"]) == "7"
        assert not [name for name in model.metadata if name.startswith(("ls_", "lc_"))]
        assert model.usage is not None
        assert (model.usage.input_tokens, model.usage.cache_read_tokens) == (15, 4)
        if library == "openinference":
            check_tokens(model)

    def test_a_model_whose_client_is_instrumented_too_is_one_record(
        self, library: str, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
        instrument: Instrument,
    ) -> None:  # fmt: skip
        openai_chat = pytest.importorskip("langchain_openai").ChatOpenAI
        if library == "openinference":
            from openinference.instrumentation.openai import OpenAIInstrumentor as OpenAI
        else:
            from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenAI
        instrument(OpenAI())
        endpoint.default = wire.json(wire.completion())
        model = openai_chat(model="gpt-4o-mini", base_url=f"{endpoint.url}/v1", api_key="sk-fake")
        assert model.invoke("Hi").content == "Hello"
        record = records.one()
        assert record.output_messages[0].text == "Hello"
        assert record.usage is not None
        assert record.usage.total_tokens == 29

    def test_a_tool(self, library: str, records: Records) -> None:
        from langchain_core.tools import tool

        @tool
        def weather(city: str) -> str:
            """Tell the weather."""
            return f"Rain in {city}"

        weather.invoke({"city": "Oslo"})
        record = records.one()
        assert (record.kind, record.name) == ("tool", "weather")
        assert "Oslo" in str(record.input_value)
        assert "Rain" in str(record.output_value)
