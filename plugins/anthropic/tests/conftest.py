"""What the tests share: real clients, servers on loopback, the bodies of Anthropic's reference."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import anthropic
import pytest

from llmlog import Logger
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records

KEY = "sk-ant-fake-key-of-a-test"
HEADERS = {"request-id": "req_1", "anthropic-ratelimit-requests-remaining": "59"}


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what a Logger of its own records; `records.logger` is the Logger."""
    made = Records()
    made.logger = Logger(plugins=[made], environ={}, file=False)
    yield made
    made.logger.close(1)


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Answer as a test says."""
    with ScriptedEndpoint() as served:
        yield served


@pytest.fixture
def wrapped(records: Records) -> Iterator[Callable[..., Any]]:
    """Return a maker of wrapped clients; the sync ones are closed after the test."""
    made: list[Any] = []

    def make(url: str, kind: Any = anthropic.Anthropic, **options: Any) -> Any:
        client = kind(**{"base_url": url, "api_key": KEY, "max_retries": 0, **options})
        made.append(client)
        assert records.logger is not None
        return records.logger.wrap(client)

    yield make
    for client in made:
        if not hasattr(type(client), "__aenter__"):
            client.close()


@pytest.fixture
def client(endpoint: ScriptedEndpoint, wrapped: Callable[..., Any]) -> Any:
    """Return a wrapped client."""
    return wrapped(endpoint.url)


def _json(body: Any, status: int = 200, **headers: str) -> Answer:
    headers = {**HEADERS, "content-type": "application/json", **headers}
    return Answer(status=status, content=json.dumps(body).encode(), headers=headers)


def _piece(event: Any) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _events(*events: Any) -> Answer:
    headers = {**HEADERS, "content-type": "text/event-stream"}
    return Answer(content=b"".join(map(_piece, events)), headers=headers)


def _refusal(status: int, kind: str, **headers: str) -> Answer:
    body = {"type": "error", "error": {"type": kind, "message": "No."}, "request_id": "req_1"}
    return _json(body, status, **headers)


USAGE = {"input_tokens": 21, "output_tokens": 9, "cache_creation_input_tokens": 300,
         "cache_read_input_tokens": 1000, "service_tier": "standard"}  # fmt: skip
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn", "stop_sequence": None, "usage": USAGE,
}  # fmt: skip
TOOL_USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
START = {"type": "message_start", "message": {
    **MESSAGE, "content": [], "stop_reason": None, "usage": {**USAGE, "output_tokens": 1},
}}  # fmt: skip


def _block(index: int, block: Any, *deltas: Any) -> list[Any]:
    steps = [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    return [{"type": "content_block_start", "index": index, "content_block": block}, *steps,
            {"type": "content_block_stop", "index": index}]  # fmt: skip


def _ending(reason: str) -> list[Any]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}},
            {"type": "message_stop"}]  # fmt: skip


WORDS = _block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Hel"},
               {"type": "text_delta", "text": "lo"})  # fmt: skip
STREAM = [START, {"type": "ping"}, *WORDS, *_ending("end_turn")]
THINKING = [
    START,
    *_block(0, {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": "Hm, "},
            {"type": "thinking_delta", "thinking": "yes."},
            {"type": "signature_delta", "signature": "EqQB"}),
    *_block(1, {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}},
            {"type": "input_json_delta", "partial_json": ""},
            {"type": "input_json_delta", "partial_json": '{"city": '},
            {"type": "input_json_delta", "partial_json": '"Oslo"}'}),
    *_ending("tool_use"),
]  # fmt: skip
BEGUN = [START, {"type": "ping"}, *WORDS[:2]]


@pytest.fixture
def wire() -> SimpleNamespace:
    """Return makers of answers, and bodies."""
    return SimpleNamespace(
        json=_json, events=_events, refusal=_refusal, key=KEY, message=MESSAGE, usage=USAGE,
        tool_use=TOOL_USE, stream=STREAM, thinking=THINKING, begun=BEGUN,
        overloaded={"type": "error",
                    "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ask={"model": "claude-haiku-4-5", "max_tokens": 64,
             "messages": [{"role": "user", "content": "Hi"}]},
    )  # fmt: skip


class _PieceServer(ThreadingHTTPServer):
    """Sends pieces of an event stream, then cuts the connection or hangs."""

    daemon_threads = True

    def __init__(self, pieces: Sequence[bytes], ending: str) -> None:
        super().__init__(("127.0.0.1", 0), _PieceHandler)
        self.pieces = pieces
        self.ending = ending
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _PieceHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _PieceServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for piece in self.server.pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.close_connection = True
        if self.server.ending == "hang":
            self.server.stopping.wait(30)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet."""


@pytest.fixture
def serve_pieces() -> Iterator[Callable[..., str]]:
    """Return a function that serves pieces of a stream and an ending: cut or hang."""
    made: list[_PieceServer] = []

    def serve(*events: Any, ending: str) -> str:
        server = _PieceServer([_piece(event) for event in events], ending)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        made.append(server)
        return server.url

    yield serve
    for server in made:
        server.stopping.set()
        server.shutdown()
        server.server_close()
