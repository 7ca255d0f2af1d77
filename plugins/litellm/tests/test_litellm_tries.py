"""Retries and fallbacks of LiteLLM, of its router and its SDK, are attempts of one record.

The servers are on loopback; LiteLLM is real, its proxy too.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from llmlog import Payload
from llmlog.testing.records import Records

pytestmark = pytest.mark.server

MESSAGES = [{"role": "user", "content": "Hi"}]
WAIT_S = 60.0
KEY = "sk-1234-fake-5678-fake-abcd-efgh-1234-0987"


class Upstream:
    """A provider whose model `bad…` is down, and whose `flaky` is down every other time."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", 0))
                model = json.loads(self.rfile.read(size))["model"]
                status, answer = upstream.answer(model)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, model: str) -> tuple[int, dict[str, Any]]:
        """Answer one request."""
        self.asked.append(model)
        if model.startswith("bad") or (model == "flaky" and self.asked.count("flaky") % 2):
            return 503, {"error": {"message": f"{model} is down", "type": "server_error"}}
        message = {"role": "assistant", "content": "fine"}
        usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return 200, {"id": "c1", "object": "chat.completion", "created": 1, "model": model,
                     "choices": [choice], "usage": usage}  # fmt: skip

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.close()


def router(litellm: Any, upstream: Upstream, *models: str, **settings: Any) -> Any:
    """Return a router with a group of one deployment for each model."""
    return litellm.Router(
        model_list=[
            {"model_name": f"group-{model}",
             "litellm_params": {"model": f"openai/{model}", "api_key": "sk-fake",
                                "api_base": upstream.url}}
            for model in models
        ],
        retry_after=0, **settings,
    )  # fmt: skip


def last(records: Records, enough: Callable[[list[Payload]], bool] = bool) -> Payload:
    """Return the only record once LiteLLM, which tells on threads of its own, has told of it."""
    end_s = time.monotonic() + WAIT_S
    while not enough(records.all()) and time.monotonic() < end_s:
        time.sleep(0.02)
    (payload,) = records.all()
    return payload


def tries(payload: Payload) -> list[tuple[str, str, str | None]]:
    """Return reason, status and model of each attempt."""
    return [(one.reason, one.status, one.model) for one in payload.attempts]


ASYNC = [False, True]


def ask(client: Any, model: str, *, waits: bool, **more: Any) -> Any:
    """Ask a router or LiteLLM itself, sync or async."""
    if not waits:
        return client.completion(model=model, messages=MESSAGES, **more)

    async def main() -> Any:
        answer = await client.acompletion(model=model, messages=MESSAGES, **more)
        for _ in range(50):  # LiteLLM tells of async calls in a task of this loop
            await asyncio.sleep(0.02)
        return answer

    return asyncio.run(main())


@pytest.mark.parametrize("waits", ASYNC)
def test_a_retry_of_a_router_is_an_attempt(
    litellm: Any, records: Records, upstream: Upstream, waits: bool
) -> None:
    ask(router(litellm, upstream, "flaky", num_retries=2), "group-flaky", waits=waits)
    payload = last(records)
    assert payload.status == "success"
    assert tries(payload) == [
        ("first", "failure", "openai/flaky"), ("retry", "success", "openai/flaky"),
    ]  # fmt: skip
    first, second = payload.attempts
    assert first.error is not None
    assert (first.error.status_code, first.server_address) == (503, "127.0.0.1")
    assert first.start_unix_ns is not None
    assert payload.timing.start_unix_ns == first.start_unix_ns
    assert second.end_unix_ns == payload.timing.end_unix_ns > (first.end_unix_ns or 0)


@pytest.mark.parametrize("waits", ASYNC)
def test_fallbacks_of_a_router_are_attempts(
    litellm: Any, records: Records, upstream: Upstream, waits: bool
) -> None:
    chain = [{"group-bad1": ["group-bad2", "group-good"]}]
    client = router(litellm, upstream, "bad1", "bad2", "good", num_retries=1, fallbacks=chain)
    ask(client, "group-bad1", waits=waits)
    payload = last(records)
    assert (payload.status, payload.model_alias) == ("success", "group-good")
    assert tries(payload) == [
        ("first", "failure", "openai/bad1"), ("retry", "failure", "openai/bad1"),
        ("fallback", "failure", "openai/bad2"), ("retry", "failure", "openai/bad2"),
        ("fallback", "success", "openai/good"),
    ]  # fmt: skip
    assert payload.usage is not None
    assert payload.usage.total_tokens == 4
    assert len(upstream.asked) == 5


@pytest.mark.parametrize("waits", ASYNC)
def test_a_router_that_fails_for_good_is_one_failure(
    litellm: Any, records: Records, upstream: Upstream, waits: bool
) -> None:
    client = router(litellm, upstream, "bad1", "bad2", num_retries=1,
                    fallbacks=[{"group-bad1": ["group-bad2"]}])  # fmt: skip
    with pytest.raises(litellm.ServiceUnavailableError):
        ask(client, "group-bad1", waits=waits)
    payload = last(records)
    assert payload.status == "failure"
    assert payload.error is not None
    assert payload.error.status_code == 503
    assert [one.status for one in payload.attempts] == ["failure"] * 4
    assert [one.reason for one in payload.attempts] == ["first", "retry", "fallback", "retry"]


def test_a_failure_comes_by_itself_when_nothing_follows(
    litellm: Any, records: Records, upstream: Upstream
) -> None:
    assert records.logger is not None
    with pytest.raises(litellm.ServiceUnavailableError):
        litellm.completion(model="openai/bad", api_base=upstream.url, api_key="sk-fake",
                           messages=MESSAGES, max_retries=0)  # fmt: skip
    end_s = time.monotonic() + WAIT_S
    while not records.logger.stats()[0].accepted and time.monotonic() < end_s:
        time.sleep(0.02)
    payload = last(records)
    assert (payload.status, payload.attempts) == ("failure", ())


def test_a_fallback_of_the_sdk_is_an_attempt(
    litellm: Any, records: Records, upstream: Upstream
) -> None:
    given = {"api_base": upstream.url, "api_key": "sk-fake", "max_retries": 0,
             "fallbacks": ["openai/good"]}  # fmt: skip
    ask(litellm, "openai/bad", waits=True, **given)
    payload = last(records)
    assert payload.status == "success"
    assert tries(payload) == [("first", "failure", "bad"), ("fallback", "success", "good")]


def test_two_requests_of_one_trace_are_two_records(
    litellm: Any, records: Records, upstream: Upstream
) -> None:
    client = router(litellm, upstream, "bad1", "good", num_retries=0)
    with pytest.raises(litellm.ServiceUnavailableError):
        ask(client, "group-bad1", waits=False, litellm_trace_id="conversation-1")
    ask(client, "group-good", waits=False, litellm_trace_id="conversation-1")
    end_s = time.monotonic() + WAIT_S
    while len(records.all()) < 2 and time.monotonic() < end_s:
        time.sleep(0.02)
    made = records.all()
    assert sorted(one.status for one in made) == ["failure", "success"]
    assert len({one.trace_id for one in made}) == 1
    assert all(one.attempts == () for one in made)


def test_the_proxy_makes_one_record_of_a_request(tmp_path: Path, upstream: Upstream) -> None:
    from servers import litellm_proxy
    from servers.process import running

    lines = tmp_path / "calls.jsonl"
    settings = {
        "model_list": [
            {"model_name": f"group-{model}",
             "litellm_params": {"model": f"openai/{model}", "api_key": "sk-fake",
                                "api_base": upstream.url}}
            for model in ("bad1", "bad2", "good")
        ],
        "router_settings": {"num_retries": 1, "retry_after": 0,
                            "fallbacks": [{"group-bad1": ["group-good"]}]},
        "litellm_settings": {"callbacks": "llmlog_litellm.callback"},
        "general_settings": {"master_key": KEY},
    }  # fmt: skip
    env = {"LLMLOG_PLUGINS": "file", "LLMLOG_FILE_PATH": str(lines)}
    with running(litellm_proxy.launch(settings, tmp_path, env), tmp_path) as server:
        statuses = [_ask_proxy(server.url, f"group-{model}") for model in ("bad1", "bad2", "good")]
        made = _lines(lines, 3)
    assert statuses == [200, 503, 200]
    fallen, failed, good = made
    assert [one.get("reason") for one in fallen["attempts"]] == [None, "retry", "fallback"]
    assert (fallen["response_model"], fallen["model_alias"]) == ("good", "group-good")
    assert failed["status"] == "failure"
    assert [one.get("status") for one in failed["attempts"]] == ["failure"] * 2
    assert good.get("attempts", []) == []


def _ask_proxy(url: str, model: str) -> int:
    answer = httpx.post(f"{url}/chat/completions", timeout=60, trust_env=False,
                        headers={"authorization": f"Bearer {KEY}"},
                        json={"model": model, "messages": MESSAGES})  # fmt: skip
    return answer.status_code


def _lines(path: Path, number: int) -> list[dict[str, Any]]:
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        rows = path.read_text().splitlines() if path.exists() else []
        if len(rows) >= number:
            break
        time.sleep(0.1)
    return sorted(map(json.loads, rows), key=lambda row: row["timing"]["start_unix_ns"])  # type: ignore[no-any-return]
