"""Spans of any origin, made by hand as conventions say."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Status, StatusCode

import llmlog
from llmlog import Logger
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog_otel_bridge import SpanProcessor

CHAT = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-haiku-4-5", "gen_ai.response.model": "claude-haiku-4-5",
    "gen_ai.request.max_tokens": 64, "gen_ai.request.stop_sequences": ["."],
    "gen_ai.response.id": "msg_1", "gen_ai.conversation.id": "s-1",
    "gen_ai.input.messages": json.dumps(
        [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]),
    "gen_ai.output.messages": json.dumps(
        [{"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm."},
                                         {"type": "text", "content": "Hello"}],
          "finish_reason": "stop"}]),
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
    "gen_ai.usage.input_tokens": 1300, "gen_ai.usage.output_tokens": 9,
    "gen_ai.usage.cache_read.input_tokens": 1000, "gen_ai.usage.cache_creation.input_tokens": 200,
    "server.address": "api.anthropic.com", "server.port": 443, "secret.of.a.stranger": "canary",
}  # fmt: skip


@pytest.fixture
def tracer(provider: TracerProvider) -> Any:
    return provider.get_tracer("a.library", "1.2")


def test_a_span_of_the_conventions(tracer: Any, records: Records) -> None:
    pytest.importorskip("genai_prices")
    with tracer.start_as_current_span("chat claude", attributes=CHAT) as span:
        pass
    record = records.one()
    assert record.span_id == f"{span.get_span_context().span_id:016x}"
    assert record.trace_id == f"{span.get_span_context().trace_id:032x}"
    assert UUID(record.id).version == 7
    assert (record.kind, record.provider_name, record.session_id) == ("chat", "anthropic", "s-1")
    assert [message.role for message in record.input_messages] == ["system", "user"]
    assert record.output_messages[0].text == "Hello"
    assert record.finish_reasons == ("stop",)
    assert record.parameters == {"max_tokens": 64, "stop": ["."]}
    assert (record.server_address, record.server_port) == ("api.anthropic.com", 443)
    usage = record.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (
        100, 1000, 200,
    )  # fmt: skip
    assert record.cost is not None
    assert record.cost.total == pytest.approx((100 + 100 + 250 + 45) / 1e6)
    assert record.attributes == {"otel.scope.name": "a.library", "otel.scope.version": "1.2"}


def test_what_is_no_call_is_no_record_but_a_place(tracer: Any, records: Records) -> None:
    with tracer.start_as_current_span("GET /") as around, tracer.start_as_current_span("POST"), \
            tracer.start_as_current_span("chat", attributes=CHAT):  # fmt: skip
        pass
    record = records.one()
    assert record.trace_id == f"{around.get_span_context().trace_id:032x}"
    assert record.parent_span_id != f"{around.get_span_context().span_id:016x}"
    assert record.ancestor_ids == ()


def test_a_call_in_a_tool_in_an_agent(tracer: Any, records: Records) -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"}
    tool = {"openinference.span.kind": "TOOL", "tool.name": "t", "input.value": '{"x": 1}'}
    with tracer.start_as_current_span("agent", attributes=agent), \
            tracer.start_as_current_span("http"), \
            tracer.start_as_current_span("tool", attributes=tool), \
            tracer.start_as_current_span("chat", attributes=CHAT):  # fmt: skip
        pass
    runs = {record.kind: record for record in records.all()}
    assert set(runs) == {"agent", "tool", "chat"}
    assert runs["tool"].parent_span_id == runs["agent"].span_id
    assert runs["tool"].input_value == {"x": 1}
    assert runs["chat"].ancestor_ids == (runs["agent"].id, runs["tool"].id)


def test_a_call_of_a_model_within_a_call_of_a_model_is_the_same(
    tracer: Any, records: Records
) -> None:
    framework = {"openinference.span.kind": "LLM", "llm.provider": "langchain", "session.id": "s-2"}
    with tracer.start_as_current_span("ChatOpenAI", attributes=framework), \
            tracer.start_as_current_span("http"), \
            tracer.start_as_current_span("chat", attributes=CHAT):  # fmt: skip
        pass
    record = records.one()
    assert (record.provider_name, record.session_id) == ("anthropic", "s-2")
    assert record.output_messages[0].text == "Hello"
    assert record.usage is not None


def test_an_embedding_within_a_call_is_a_call(tracer: Any, records: Records) -> None:
    embedding = {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e"}
    with tracer.start_as_current_span("chat", attributes=CHAT), \
            tracer.start_as_current_span("embeddings", attributes=embedding):  # fmt: skip
        pass
    assert sorted(record.kind for record in records.all()) == ["chat", "embedding"]


def test_a_record_that_was_one_before_is_none_again(tracer: Any, records: Records) -> None:
    with tracer.start_as_current_span("chat", attributes={**CHAT, "llmlog.id": "x"}):
        pass
    assert records.all() == []


def test_what_llmlog_otel_sends_does_not_come_back(
    endpoint: ScriptedEndpoint, instrument: Any, tmp_path: Path
) -> None:
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    pytest.importorskip("llmlog_otel")
    records, provider = Records(), TracerProvider()
    options = {"endpoint": endpoint.url, "batch_age_s": 0.0}
    with Logger(plugins=[records, "otel"], environ={}, file=False,
                plugin={"otel": options}) as records.logger:  # fmt: skip
        provider.add_span_processor(SpanProcessor(records.logger))
        HTTPXClientInstrumentor().instrument(tracer_provider=provider)
        try:
            with provider.get_tracer("x").start_as_current_span("chat", attributes=CHAT):
                pass
            assert records.logger.flush(10).complete
            assert records.logger.flush(10).complete
            assert len(endpoint.requests) == 1
            records.one()
        finally:
            HTTPXClientInstrumentor().uninstrument()
            provider.shutdown()


class TestPlace:
    def test_a_span_in_a_call_of_llmlog_in_a_span(self, tracer: Any, records: Records) -> None:
        assert records.logger is not None
        agent = {"openinference.span.kind": "AGENT"}
        with tracer.start_as_current_span("outer", attributes=agent), \
                records.logger.call(kind="tool", name="t") as tool, \
                tracer.start_as_current_span("chat", attributes=CHAT):  # fmt: skip
            pass
        record = next(record for record in records.all() if record.kind == "chat")
        assert record.parent_span_id == tool.span.span_id
        assert record.trace_id == tool.span.trace_id

    def test_the_context_at_the_start_counts(self, tracer: Any, records: Records) -> None:
        with llmlog.context(session="s-9", user="u-1", tags=["x"]):
            span = tracer.start_span("chat", attributes={"gen_ai.operation.name": "chat"})
        with llmlog.context(user="u-2"):
            span.end()
        record = records.one()
        assert (record.session_id, record.user_id, record.tags) == ("s-9", "u-1", ("x",))

    def test_the_same_span_has_the_same_id(self, tracer: Any, records: Records) -> None:
        with tracer.start_as_current_span("chat", attributes=CHAT) as span:
            pass
        first = records.one()
        other = Records()
        with Logger(plugins=[other], environ={}, file=False) as other.logger:
            processor = SpanProcessor(other.logger)
            processor.on_start(span)
            processor.on_end(span)
            processor.shutdown()
            assert other.one().id == first.id

    def test_nothing_is_kept_of_spans_that_ended(self, records: Records) -> None:
        processor, provider = SpanProcessor(records.logger), TracerProvider()
        provider.add_span_processor(processor)
        tracer = provider.get_tracer("x")
        outer = tracer.start_span("outer")
        from opentelemetry import trace

        inner = tracer.start_span("inner", context=trace.set_span_in_context(outer))
        outer.end()
        assert len(processor._trail._entries) == 2
        inner.end()
        assert processor._trail._entries == {}
        provider.shutdown()


class TestEndings:
    def test_what_was_given_up(self, tracer: Any, records: Records) -> None:
        span = tracer.start_span("chat", attributes=CHAT)
        span.record_exception(asyncio.CancelledError())
        span.set_status(Status(StatusCode.ERROR))
        span.end()
        assert records.one().status == "aborted"

    def test_a_failure_has_the_words_of_its_exception(self, tracer: Any, records: Records) -> None:
        around = tracer.start_as_current_span("chat", attributes=CHAT)
        with pytest.raises(TimeoutError), around:
            raise TimeoutError("too slow")
        error = records.one().error
        assert error is not None
        assert (error.type, error.message, error.retryable) == ("TimeoutError", "too slow", True)
        assert error.stacktrace

    @pytest.mark.parametrize(("text", "message"), [
        ("Error code: 429 - Slow down", "Slow down"),
        ("Error code: 429 - {'error': {'message': 'Slow down', 'code': None}}", "Slow down"),
        ("Error code: 429 - {'message': 'Slow down'}", "Slow down"),
        ("Error code: 429 - {'error': {'message': 'Slow do", "{'error': {'message': 'Slow do"),
        ("Error code: 429 - {'error': 'no'}", "{'error': 'no'}"),
        ("{'message': 'mine'}", "{'message': 'mine'}"),
    ])  # fmt: skip
    def test_what_the_api_said_is_the_message(
        self, text: str, message: str, tracer: Any, records: Records
    ) -> None:
        around = tracer.start_as_current_span("chat", attributes=CHAT)
        with pytest.raises(RuntimeError), around:
            raise RuntimeError(text)
        error = records.one().error
        assert error is not None
        assert error.message == message

    def test_what_cannot_be_read_is_a_record_that_says_so(
        self, tracer: Any, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        odd = {**CHAT, "gen_ai.input.messages": "[", "gen_ai.usage.input_tokens": "many",
               "llm.input_messages.0": "x", "llm.input_messages.0.message.role": "user",
               "gen_ai.output.messages": '[1, null, {"role": 3}]'}  # fmt: skip
        with tracer.start_as_current_span("chat", attributes=odd):
            pass
        assert records.one().status == "success"

    def test_a_flush_says_what_is_delivered(self, records: Records) -> None:
        assert SpanProcessor(records.logger).force_flush(5000) is True
