"""LiteLLM itself, through the bridge: one record a call, with all that its own payload holds.

LiteLLM takes many seconds to import, so this runs with the tests of real servers.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from llmlog import Logger, Payload
from llmlog.schema import to_dict
from llmlog.testing.records import Records

pytestmark = pytest.mark.server

ASK: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="session")
def litellm() -> Any:
    """Import LiteLLM, with the price table that it brings along."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    return litellm


class Told:
    """What LiteLLM told, and what became of it."""

    def __init__(self, logger: Logger, records: Records) -> None:
        self.logger = logger
        self.records = records
        self.standard: list[dict[str, Any]] = []

    def tell(self, details: dict[str, Any]) -> None:
        """Keep LiteLLM's payload; the call's id is beside it in older versions."""
        call_id = {"litellm_call_id": details["litellm_call_id"]}
        self.standard.append({**details["standard_logging_object"], **call_id})

    def until(self, number: int) -> None:
        """Wait for LiteLLM to tell of so many calls; an event loop must run for the async ones."""
        end_s = time.monotonic() + 60
        while len(self.standard) < number and time.monotonic() < end_s:
            time.sleep(0.02)

    def wait(self, number: int) -> list[Payload]:
        """Return the records once LiteLLM has told of so many calls; there may be no more."""
        self.until(number)
        made = self.records.all()
        assert (len(made), len(self.standard)) == (number, number)
        return made

    def pairs(self, number: int) -> list[tuple[Payload, dict[str, Any]]]:
        """Return each record with LiteLLM's own payload of the call."""
        made = self.wait(number)
        by_call = {one["litellm_call_id"]: one for one in self.standard}
        return [(payload, by_call[str(payload.attributes["litellm.litellm_call_id"])])
                for payload in made]  # fmt: skip


@pytest.fixture
def told(litellm: Any) -> Iterator[Told]:
    """Register the callback, and after it one that keeps LiteLLM's own payloads."""
    from litellm.integrations.custom_logger import CustomLogger

    from llmlog_litellm import Callback

    records = Records()
    with Logger(plugins=[records], environ={}, file=False) as logger:
        records.logger = logger
        made = Told(logger, records)

        class Spy(CustomLogger):  # type: ignore[misc]
            def log_success_event(self, kwargs: Any, **_: Any) -> None:
                made.tell(kwargs)

            def log_failure_event(self, kwargs: Any, **_: Any) -> None:
                made.tell(kwargs)

            async def async_log_success_event(self, kwargs: Any, **_: Any) -> None:
                made.tell(kwargs)

            async def async_log_failure_event(self, kwargs: Any, **_: Any) -> None:
                made.tell(kwargs)

        lists = ("callbacks", "success_callback", "failure_callback", "_async_success_callback",
                 "_async_failure_callback")  # fmt: skip
        before = {name: list(getattr(litellm, name)) for name in lists}
        litellm.callbacks = [Callback(logger), Spy()]
        yield made
        for name, value in before.items():
            setattr(litellm, name, value)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value that says something, with the path to it."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from leaves(one, path)
    elif value not in (None, ""):
        yield path, value


def lost(payload: Payload, standard: dict[str, Any]) -> dict[str, Any]:
    """Return what LiteLLM said and the record does not."""
    known = {json.dumps(value) for _, value in leaves(to_dict(payload))}
    spoken = json.loads(json.dumps(standard, default=str))
    return {path: value for path, value in leaves(spoken)
            if json.dumps(value) not in known and not path.startswith(ELSEWHERE)
            and not (value == 0 and payload.usage is None)}  # fmt: skip


ELSEWHERE = (
    "startTime", "endTime", "completionStartTime", "response_time",  # in nanoseconds
    "response.object", "response.created", "response.choices.index", "response.data.",  # its form
    "response.choices.message.tool_calls.type", "messages.role",
    "response.choices.message.tool_calls.function.arguments",  # parsed
    "model_map_information.model_map_value",  # the price table
    "hidden_params.api_base", "api_base", "saved_cache_cost", "id",
    "hidden_params.additional_headers", "cache_hit", "error_information.error_code",  # a number
)  # fmt: skip


def test_a_sync_call(litellm: Any, told: Told) -> None:
    litellm.completion(**ASK, mock_response="Hello", temperature=0.2, user="u-1",
                       metadata={"tags": ["checkout"], "order": 7, "session_id": "s-1"})  # fmt: skip
    ((payload, standard),) = told.pairs(1)
    assert lost(payload, standard) == {}
    assert payload.cost is not None
    assert payload.cost.total == standard["response_cost"] > 0
    assert (payload.kind, payload.status) == ("chat", "success")
    assert payload.output_messages[0].text == "Hello"
    assert (payload.session_id, payload.user_id, payload.tags) == ("s-1", "u-1", ("checkout",))
    assert payload.metadata == {"order": 7}
    assert payload.usage is not None
    assert payload.usage.total_tokens == standard["total_tokens"]


def test_a_sync_stream(litellm: Any, told: Told) -> None:
    chunks = list(litellm.completion(**ASK, mock_response="Hello there", stream=True))
    ((payload, standard),) = told.pairs(1)
    assert len(chunks) > 1
    assert lost(payload, standard) == {}
    assert (payload.status, payload.stream) == ("success", True)
    assert payload.output_messages[0].text == "Hello there"


def test_a_sync_failure(litellm: Any, told: Told) -> None:
    problem = litellm.RateLimitError("slow down", "openai", "gpt-4o-mini")
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(**ASK, mock_response=problem)
    ((payload, standard),) = told.pairs(1)
    assert lost(payload, standard) == {}
    assert payload.status == "failure"
    assert payload.error is not None
    assert (payload.error.type, payload.error.status_code) == ("RateLimitError", 429)
    assert payload.error.retryable is True


def test_a_sync_embedding(litellm: Any, told: Told) -> None:
    litellm.embedding(model="text-embedding-3-small", input=["a", "b"], mock_response=[0.1, 0.2])
    ((payload, standard),) = told.pairs(1)
    assert lost(payload, standard) == {}
    assert (payload.kind, payload.input_value) == ("embedding", ["a", "b"])
    assert payload.output_value == {"count": 1, "dimensions": 2}
    assert payload.cost is not None
    assert payload.cost.total == standard["response_cost"]


def test_async_calls(litellm: Any, told: Told) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    wish = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]

    async def main() -> None:
        await litellm.acompletion(**ASK, mock_response="Hello")
        stream = await litellm.acompletion(**ASK, mock_response="Hello there", stream=True)
        assert len([chunk async for chunk in stream]) > 1
        await litellm.acompletion(**ASK, mock_response="", mock_tool_calls=wish, tools=[tool])
        await litellm.aembedding(model="text-embedding-3-small", input=["a"], mock_response=[0.1])
        with pytest.raises(litellm.InternalServerError):
            await litellm.acompletion(**ASK, mock_response="litellm.InternalServerError")
        await asyncio.to_thread(told.until, 5)

    asyncio.run(main())
    pairs = told.pairs(5)
    for payload, standard in pairs:
        assert lost(payload, standard) == {}
        if payload.status == "success":
            assert payload.cost is not None
            assert payload.cost.total == standard["response_cost"]
    by_status = [payload.status for payload, _ in pairs]
    assert sorted(by_status) == ["failure", *["success"] * 4]
    (calling,) = (payload for payload, _ in pairs if payload.tools)
    (call,) = calling.output_messages[0].tool_calls
    assert (call.name, call.arguments) == ("f", {"a": 1})
    assert calling.tools == (tool,)


def test_a_rerank(litellm: Any, told: Told) -> None:
    from llmlog.testing import ScriptedEndpoint
    from llmlog.testing.wire import json_answer

    answer = {"id": "r-1", "results": [{"index": 1, "relevance_score": 0.98}],
              "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}}  # fmt: skip
    with ScriptedEndpoint(default=json_answer(answer)) as endpoint:
        litellm.rerank(model="cohere/rerank-v3.5", query="rain", api_key="fake", top_n=1,
                       documents=["It snows.", "It rains."],
                       api_base=f"{endpoint.url}/v2/rerank")  # fmt: skip
        ((payload, standard),) = told.pairs(1)
    assert (payload.kind, payload.status, payload.provider_name) == ("rerank", "success", "cohere")
    assert payload.input_value is not None
    assert "0.98" in json.dumps(payload.output_value)
    assert payload.cost is not None
    assert payload.cost.total == standard["response_cost"] > 0


def test_calls_nest_in_calls_of_llmlog(litellm: Any, told: Told) -> None:
    async def main() -> None:
        async with told.logger.call(kind="agent", name="shop"):
            await litellm.acompletion(**ASK, mock_response="Hello")
        await asyncio.to_thread(told.until, 2)

    with told.logger.call(kind="agent", name="shop"):
        litellm.completion(**ASK, mock_response="Hello")
    asyncio.run(main())
    made = told.records.all()
    agents = {payload.span_id: payload for payload in made if payload.kind == "agent"}
    chats = [payload for payload in made if payload.kind == "chat"]
    assert (len(agents), len(chats)) == (2, 2)
    for chat in chats:
        around = agents.pop(str(chat.parent_span_id))
        assert (chat.trace_id, chat.ancestor_ids) == (around.trace_id, (around.id,))


def test_a_call_that_is_told_twice_is_one_record(litellm: Any, told: Told) -> None:
    bridge, spy = litellm.callbacks
    kept: list[Any] = []
    spy.log_success_event = lambda kwargs, **_: (kept.append(kwargs), told.tell(kwargs))
    litellm.completion(**ASK, mock_response="Hello")
    told.wait(1)
    bridge.log_success_event(kwargs=kept[0], response_obj=None, start_time=None, end_time=None)
    told.wait(1)


def test_messages_that_litellm_hides_stay_hidden(litellm: Any, told: Told) -> None:
    litellm.turn_off_message_logging = True
    try:
        litellm.completion(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Attack at dawn"}],
            mock_response="At dawn it is",
        )  # fmt: skip
        (payload,) = told.wait(1)
    finally:
        litellm.turn_off_message_logging = False
    assert "dawn" not in json.dumps(to_dict(payload))


def test_the_proxys_configuration_file_finds_it(litellm: Any) -> None:
    from litellm.proxy.types_utils.utils import get_instance_fn

    import llmlog_litellm

    assert get_instance_fn("llmlog_litellm.callback") is llmlog_litellm.callback
