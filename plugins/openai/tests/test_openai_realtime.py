"""Realtime connections, against a server on loopback that speaks the protocol over WebSocket."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from websockets.sync.server import Server, ServerConnection, serve

import llmlog
from llmlog import Logger, Payload
from llmlog.testing import Answer, CoverageContract, Covered
from llmlog.testing.records import Records
from llmlog_openai import instrumentor

pytest.importorskip("openai.types.realtime", reason="openai before 1.107 has no such API")

MODEL = "gpt-realtime"
SESSION = {"id": "sess_1", "object": "realtime.session", "type": "realtime", "model": MODEL,
           "instructions": "Be brief.", "output_modalities": ["text"], "tools": []}  # fmt: skip
USAGE = {
    "total_tokens": 253, "input_tokens": 132, "output_tokens": 121,
    "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "image_tokens": 0,
                            "cached_tokens": 64,
                            "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0}},
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}  # fmt: skip
CALL = {"id": "item_3", "type": "function_call", "call_id": "c1", "name": "get_weather",
        "arguments": '{"city": "Oslo"}', "status": "completed"}  # fmt: skip


def said(*words: str, kind: str = "output_text") -> dict[str, Any]:
    field = "text" if kind.endswith("text") else "transcript"
    return {"id": "item_2", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": kind, field: "".join(words)}]}  # fmt: skip


def response(number: int, status: str = "in_progress", **more: Any) -> dict[str, Any]:
    return {"object": "realtime.response", "id": f"resp_{number}", "status": status, **more}


class Script:
    """What the server does when a response is wanted; each test says it by a word."""

    def __init__(self) -> None:
        self.way = "answer"
        self.asked = threading.Event()
        self.received: list[dict[str, Any]] = []
        self._server: Server = serve(self._serve, "127.0.0.1", 0)
        self._number = 0
        port = self._server.socket.getsockname()[1]
        self.url, self.http = f"ws://127.0.0.1:{port}/v1", f"http://127.0.0.1:{port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()

    def _serve(self, socket: ServerConnection) -> None:
        self._send(socket, "session.created", session=SESSION)
        for text in socket:
            event = json.loads(text)
            self.received.append(event)
            if event["type"] == "conversation.item.create":
                item = {"id": "item_1", "object": "realtime.item", **event["item"]}
                self._send(socket, "conversation.item.added", item=item)
            if event["type"] in ("response.create", "input_audio_buffer.commit"):
                self._number += 1
                getattr(self, f"_{self.way}")(socket, self._number)
                self.asked.set()

    @staticmethod
    def _send(socket: ServerConnection, kind: str, **fields: Any) -> None:
        socket.send(json.dumps({"type": kind, "event_id": "event_1", **fields}))

    def _start(self, socket: ServerConnection, number: int) -> None:
        self._send(socket, "response.created", response=response(number))
        rows = [{"name": "tokens", "limit": 1000, "remaining": 868, "reset_seconds": 0.5}]
        self._send(socket, "rate_limits.updated", rate_limits=rows)
        for words in ("Hel", "lo"):
            self._send(socket, "response.output_text.delta", response_id=f"resp_{number}",
                       output_index=0, content_index=0, item_id="item_2", delta=words)  # fmt: skip

    def _finish(self, socket: ServerConnection, number: int, *output: Any, **more: Any) -> None:
        whole = response(number, **{"status": "completed", "output": list(output),
                                    "usage": USAGE, **more})  # fmt: skip
        self._send(socket, "response.done", response=whole)

    def _answer(self, socket: ServerConnection, number: int) -> None:
        self._start(socket, number)
        self._finish(socket, number, said("Hel", "lo"))

    def _speak(self, socket: ServerConnection, number: int) -> None:
        self._send(socket, "response.created", response=response(number))
        for _ in range(3):
            self._send(socket, "response.output_audio.delta", response_id=f"resp_{number}",
                       output_index=0, content_index=0, item_id="item_2", delta="AAAA" * 2000)  # fmt: skip
        self._finish(socket, number, said("Hello", kind="output_audio"))

    def _tool(self, socket: ServerConnection, number: int) -> None:
        self._send(socket, "response.created", response=response(number))
        self._finish(socket, number, CALL)

    def _hang(self, socket: ServerConnection, number: int) -> None:
        self._start(socket, number)

    def _interrupt(self, socket: ServerConnection, number: int) -> None:
        self._start(socket, number)
        details = {"type": "cancelled", "reason": "turn_detected"}
        self._finish(socket, number, said("Hel"), status="cancelled", status_details=details)

    def _fail(self, socket: ServerConnection, number: int) -> None:
        self._send(socket, "response.created", response=response(number))
        error = {"type": "server_error", "code": "overloaded", "message": "try later"}
        self._finish(socket, number, status="failed",
                     status_details={"type": "failed", "error": error})  # fmt: skip

    def _refuse(self, socket: ServerConnection, _: int) -> None:
        error = {"type": "invalid_request_error", "code": "invalid_value", "message": "no voice"}
        self._send(socket, "error", error=error)

    def _vanish(self, socket: ServerConnection, number: int) -> None:
        self._start(socket, number)
        socket.close(1011, "broken")


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    yield made
    made.close()


def client_of(script: Script, kind: Any = openai.OpenAI) -> Any:
    return kind(api_key="sk-fake", base_url=script.http, websocket_base_url=script.url)


@pytest.fixture
def client(script: Script, records: Records) -> Any:
    assert records.logger is not None
    return records.logger.wrap(client_of(script))


USER: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}


def turn(connection: Any, until: tuple[str, ...] = ("response.done", "error")) -> list[Any]:
    """Say something, want an answer, and read it."""
    connection.conversation.item.create(item=USER)
    connection.response.create()
    events = []
    while not events or events[-1].type not in until:
        events.append(connection.recv())
    return events


def told(records: Records, number: int) -> list[Payload]:
    """Return the records once there are so many; a machine that stalls may take its time."""
    end_s = time.monotonic() + 60
    while len(made := records.all()) < number and time.monotonic() < end_s:
        time.sleep(0.05)
    return made


def responses(records: Records) -> list[Payload]:
    return [one for one in told(records, 2) if one.kind == "realtime"]


class TestCoverage(CoverageContract):
    """The same table as for calls over HTTP; the connection's own record is a `chain`."""

    instrumentor = instrumentor
    table = Path(__file__).parent / "coverage_realtime.json"
    calls = {"realtime": Covered(ask=turn, answer=Answer(), stream=turn, tool=Answer())}

    def reason(self, call: str, outcome: str) -> str | None:
        if outcome == "timeout":
            return "no limit of time: a connection waits as long as its caller"
        return None

    def test_a_call_is_one_true_record(
        self, call: str, outcome: str, records: Records, client: Any, script: Script
    ) -> None:
        if self.reason(call, outcome):
            return
        ways = {"stream": "answer", "success": "speak", "cancelled": "interrupt", "4xx": "refuse",
                "5xx": "fail", "tool call": "tool"}  # fmt: skip
        script.way = ways[outcome]
        with client.realtime.connect(model=MODEL) as connection:
            turn(connection)
        (payload,) = responses(records)
        ends = {"cancelled": "aborted", "4xx": "failure", "5xx": "failure"}
        assert payload.status == ends.get(outcome, "success")
        assert payload.request_model == MODEL
        assert payload.timing.duration_ns > 0


def test_a_response_is_a_record_within_that_of_its_session(client: Any, records: Records) -> None:
    with client.realtime.connect(model=MODEL) as connection:
        events = turn(connection)
    assert events[-1].type == "response.done"
    made, session = told(records, 2)
    assert (session.kind, session.name, session.status) == ("chain", "realtime", "success")
    assert (made.parent_span_id, made.trace_id) == (session.span_id, session.trace_id)
    assert made.session_id == "sess_1"
    assert [one.role for one in made.input_messages] == ["system", "user"]
    assert made.input_messages[1].text == "Hi"
    assert made.output_messages[0].text == "Hello"
    assert made.response_id == "resp_1"
    assert made.rate_limit["remaining-tokens"] == 868
    assert made.chunks is not None
    assert made.timing.time_to_first_token_ns is not None


def test_tokens_are_in_disjoint_buckets(client: Any, records: Records) -> None:
    with client.realtime.connect(model=MODEL) as connection:
        turn(connection)
    usage = responses(records)[0].usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.input_audio_tokens) == (55, 64, 13)
    assert (usage.output_tokens, usage.output_audio_tokens) == (30, 91)
    assert usage.total_tokens == USAGE["total_tokens"]


def test_sound_is_words_and_times(client: Any, records: Records, script: Script) -> None:
    script.way = "speak"
    with client.realtime.connect(model=MODEL) as connection:
        turn(connection)
    (made,) = responses(records)
    assert made.output_messages[0].text == "Hello"
    assert made.chunks is not None
    assert made.chunks.count == 4
    assert "AAAA" not in llmlog.schema.to_json(made).decode()


def test_a_response_that_the_server_began_is_a_record(client: Any, records: Records) -> None:
    with client.realtime.connect(model=MODEL) as connection:
        connection.input_audio_buffer.commit()
        while connection.recv().type != "response.done":
            pass
    (made,) = responses(records)
    assert (made.status, made.output_messages[0].text) == ("success", "Hello")


def test_an_interrupted_response_keeps_what_was_said(
    client: Any, records: Records, script: Script
) -> None:
    script.way = "interrupt"
    with client.realtime.connect(model=MODEL) as connection:
        turn(connection)
    (made,) = responses(records)
    assert (made.status, made.output_messages[0].text) == ("aborted", "Hel")
    assert made.usage is not None


def test_a_connection_that_is_left_gives_its_responses_up(
    client: Any, records: Records, script: Script
) -> None:
    script.way = "hang"
    with client.realtime.connect(model=MODEL) as connection:
        connection.response.create()
        assert script.asked.wait(30)
        while connection.recv().type != "response.output_text.delta":
            pass
    made, session = told(records, 2)
    assert (made.status, made.output_messages[0].text) == ("aborted", "Hel")
    assert session.status == "success"


def test_a_connection_that_breaks_fails(client: Any, records: Records, script: Script) -> None:
    script.way = "vanish"
    with (
        pytest.raises(Exception, match="1011"),
        client.realtime.connect(model=MODEL) as connection,
    ):
        turn(connection)
    assert [one.status for one in told(records, 2)] == ["failure", "failure"]
    assert responses(records)[0].output_messages[0].text == "Hello"


def test_a_connection_that_is_refused_is_a_failed_session(records: Records) -> None:
    assert records.logger is not None
    client = records.logger.wrap(openai.OpenAI(
        api_key="sk-fake", base_url="http://127.0.0.1:9/v1", websocket_base_url="ws://127.0.0.1:9"
    ))  # fmt: skip
    with pytest.raises(OSError), client.realtime.connect(model=MODEL):
        pass
    (made,) = told(records, 1)
    assert (made.kind, made.status) == ("chain", "failure")


def test_an_async_connection_too(script: Script, records: Records) -> None:
    assert records.logger is not None
    client = records.logger.wrap(client_of(script, openai.AsyncOpenAI))

    async def main() -> None:
        async with client.realtime.connect(model=MODEL) as connection:
            await connection.response.create()
            async for event in connection:
                if event.type == "response.done":
                    break

    asyncio.run(main())
    made, session = told(records, 2)
    assert (made.output_messages[0].text, session.status) == ("Hello", "success")


def test_a_blocked_response_is_not_asked_for(script: Script) -> None:
    class Guard:
        @llmlog.hookimpl
        def pre_call(self, call: llmlog.Call) -> None:
            if call.fields["kind"] == "realtime":
                raise llmlog.Blocked("quiet")

    records = Records()
    with Logger(plugins=[records, Guard()], environ={}, file=False) as logger:
        records.logger = logger
        client = logger.wrap(client_of(script))
        with client.realtime.connect(model=MODEL) as connection, pytest.raises(llmlog.Blocked):
            connection.response.create()
        assert responses(records)[0].status == "blocked"
    assert not script.asked.is_set()


def test_the_caller_sees_the_same_objects(client: Any, script: Script) -> None:
    from openai.resources.realtime.realtime import RealtimeConnection, RealtimeConnectionManager

    plain = client_of(script)
    with (
        client.realtime.connect(model=MODEL) as ours,
        plain.realtime.connect(model=MODEL) as theirs,
    ):
        assert type(ours) is type(theirs) is RealtimeConnection
        mine, others = ([one.type for one in turn(each)] for each in (ours, theirs))
        assert mine == others
    manager = client.realtime.connect(model=MODEL)
    assert isinstance(manager, RealtimeConnectionManager)
    assert type(client.realtime) is type(plain.realtime)


def test_other_clients_connect_unwatched(client: Any, script: Script, records: Records) -> None:
    with client_of(script).realtime.connect(model=MODEL) as connection:
        turn(connection)
    assert records.all() == []


def test_every_client_is_watched_until_that_is_undone(script: Script, records: Records) -> None:
    assert records.logger is not None
    records.logger.instrument("openai")
    client = client_of(script)
    try:
        with client.realtime.connect(model=MODEL) as connection:
            turn(connection)
        assert len(told(records, 2)) == 2
    finally:
        instrumentor.uninstrument()
    with client.realtime.connect(model=MODEL) as connection:
        turn(connection)
    assert len(told(records, 2)) == 2
