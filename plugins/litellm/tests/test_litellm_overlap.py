"""A call that LiteLLM tells of and another observer sees too is one record, LiteLLM's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from llmlog import Payload
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records
from llmlog.testing.wire import event_answer, json_answer

pytestmark = pytest.mark.server
MESSAGES = [{"role": "user", "content": "Hi"}]
ANSWER = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini",
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello"}}],
}  # fmt: skip
CHUNKS = [{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
           "model": "gpt-4o-mini",
           "choices": [{"index": 0, "delta": {"role": "assistant", "content": word},
                        "finish_reason": end}]}
          for word, end in (("Hel", None), ("lo", None), ("", "stop"))]  # fmt: skip


@pytest.fixture
def instrumented(records: Records) -> Iterator[Records]:
    instrumentor = pytest.importorskip("llmlog_openai").instrumentor
    assert records.logger is not None
    records.logger.instrument("openai")
    yield records
    instrumentor.uninstrument()


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint(default=json_answer(ANSWER)) as served:
        yield served


def told(records: Records) -> list[Payload]:
    """Return the records once LiteLLM, which tells on threads of its own, has told."""
    end_s = time.monotonic() + 60
    while not records.all() and time.monotonic() < end_s:
        time.sleep(0.02)
    time.sleep(0.3)  # time for a second one, which there must not be
    return records.all()


def ask(litellm: Any, endpoint: ScriptedEndpoint, *, waits: bool, **more: Any) -> None:
    given = {"model": "openai/gpt-4o-mini", "messages": MESSAGES, "api_key": "sk-fake",
             "api_base": f"{endpoint.url}/v1", "max_retries": 0, **more}  # fmt: skip

    async def main() -> None:
        answer = await litellm.acompletion(**given)
        if more.get("stream"):
            assert [chunk async for chunk in answer]
        await asyncio.sleep(1)

    if waits:
        asyncio.run(main())
    else:
        answer = litellm.completion(**given)
        assert list(answer) if more.get("stream") else answer


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_with_the_openai_instrumentor(
    litellm: Any, instrumented: Records, endpoint: ScriptedEndpoint, stream: bool, waits: bool
) -> None:
    if stream:
        endpoint.default = event_answer(*CHUNKS, done=True)
    ask(litellm, endpoint, waits=waits, stream=stream)
    (payload,) = told(instrumented)
    assert payload.attributes["litellm.litellm_call_id"]
    assert payload.usage is not None
    assert payload.cost is not None
    assert payload.cost.source == "litellm"


@pytest.mark.parametrize("waits", [False, True])
def test_a_failure_with_the_openai_instrumentor(
    litellm: Any, instrumented: Records, endpoint: ScriptedEndpoint, waits: bool
) -> None:
    endpoint.default = json_answer({"error": {"message": "No.", "type": "bad"}}, 400)
    with pytest.raises(litellm.BadRequestError):
        ask(litellm, endpoint, waits=waits)
    (payload,) = told(instrumented)
    assert payload.status == "failure"
    assert payload.attributes["litellm.litellm_call_id"]


def test_a_call_of_the_client_itself_is_still_a_record(
    litellm: Any, instrumented: Records, endpoint: ScriptedEndpoint
) -> None:
    import openai

    ask(litellm, endpoint, waits=False)
    with openai.OpenAI(base_url=f"{endpoint.url}/v1", api_key="sk-fake") as client:
        client.chat.completions.create(model="own", messages=[])
    told(instrumented)
    made = instrumented.all()
    assert sorted(one.request_model or "" for one in made) == ["gpt-4o-mini", "own"]
