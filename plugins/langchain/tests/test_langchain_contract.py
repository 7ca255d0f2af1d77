"""The promises of every bridge, and that a client inside is no second record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from llmlog import Logger
from llmlog.testing import BridgeContract, ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog.testing.wire import event_answer, json_answer
from llmlog_langchain import CallbackHandler

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
ANSWER = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello"}}],
}  # fmt: skip
CHUNKS = [{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
           "choices": [{"index": 0, "delta": {"role": "assistant", "content": word},
                        "finish_reason": None}]} for word in ("Hel", "lo")]  # fmt: skip


class TestContract(BridgeContract):
    name = "langchain"

    def connect(self, logger: Logger) -> Any:
        return {"callbacks": [CallbackHandler(logger)]}

    def ask(self, connected: Any) -> Any:
        return GenericFakeChatModel(messages=iter([AIMessage("Hello")])).invoke("Hi", connected)

    def fail(self, connected: Any) -> Any:
        GenericFakeChatModel(messages=iter(())).invoke("Hi", connected)


class TestClientInside:
    @pytest.fixture
    def records(self) -> Iterator[Records]:
        instrumentor = pytest.importorskip("llmlog_openai").instrumentor
        made = Records()
        made.logger = Logger(plugins=[made], environ={}, file=False)
        made.logger.instrument("openai")
        yield made
        instrumentor.uninstrument()
        made.logger.close(1)

    @pytest.fixture
    def endpoint(self) -> Iterator[ScriptedEndpoint]:
        with ScriptedEndpoint(default=json_answer(ANSWER)) as served:
            yield served

    @pytest.fixture
    def model(self, endpoint: ScriptedEndpoint, records: Records) -> Any:
        kind = pytest.importorskip("langchain_openai").ChatOpenAI
        handler = CallbackHandler(records.logger)
        return kind(model="m", base_url=f"{endpoint.url}/v1", api_key="sk-fake",
                    callbacks=[handler])  # fmt: skip

    @pytest.mark.parametrize("is_async", [False, True])
    def test_a_call_is_one_record(self, is_async: bool, model: Any, records: Records) -> None:
        answer = asyncio.run(model.ainvoke("Hi")) if is_async else model.invoke("Hi")
        assert answer.content == "Hello"
        record = records.one()
        assert "langchain.run_id" in record.attributes

    @pytest.mark.parametrize("is_async", [False, True])
    def test_a_stream_is_one_record_and_a_call_within_another(
        self, is_async: bool, model: Any, records: Records, endpoint: ScriptedEndpoint
    ) -> None:
        import openai

        endpoint.script(event_answer(*CHUNKS, done=True))
        with openai.OpenAI(base_url=f"{endpoint.url}/v1", api_key="sk-fake") as client:

            def ask() -> None:
                client.chat.completions.create(model="other", messages=[])

            async def read() -> None:
                first = True
                async for _ in model.astream("Hi"):
                    if first:
                        ask()
                    first = False

            if is_async:
                asyncio.run(read())
            else:
                stream = model.stream("Hi")
                next(stream)
                ask()
                list(stream)
        assert sorted(record.request_model or "" for record in records.all()) == ["m", "other"]

    def test_a_call_afterwards_is_a_record(
        self, model: Any, records: Records, endpoint: ScriptedEndpoint
    ) -> None:
        import openai

        endpoint.script(json_answer({"error": {"message": "no"}}, 400))
        with pytest.raises(openai.BadRequestError):
            model.invoke("Hi")
        with openai.OpenAI(base_url=f"{endpoint.url}/v1", api_key="sk-fake") as client:
            client.chat.completions.create(model="other", messages=[])
        assert [record.status for record in records.all()] == ["failure", "success"]
