"""What the tests share: real clients, servers on loopback, the bodies of OpenAI's API reference."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import httpx
import openai
import pytest

from llmlog import Logger
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records

KEY = "sk-fake-key-of-a-test"
LIMITS = {"x-request-id": "req_1", "x-ratelimit-remaining-requests": "59"}


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

    def make(url: str, kind: Any = openai.OpenAI, **options: Any) -> Any:
        client = kind(**{"base_url": url, "api_key": KEY, "max_retries": 0, **options})
        made.append(client)
        assert records.logger is not None
        return records.logger.wrap(client)

    yield make
    for client in made:
        if isinstance(client, openai.OpenAI):
            client.close()


@pytest.fixture
def client(endpoint: ScriptedEndpoint, wrapped: Callable[..., Any]) -> Any:
    """Return a wrapped client."""
    return wrapped(f"{endpoint.url}/v1")


@pytest.fixture
def aclient(endpoint: ScriptedEndpoint, wrapped: Callable[..., Any]) -> Any:
    """Return a wrapped async client; the test closes it."""
    return wrapped(f"{endpoint.url}/v1", openai.AsyncOpenAI)


def _json(body: Any, **headers: str) -> Answer:
    return Answer(content=json.dumps(body).encode(), headers={**LIMITS, **headers})


def _piece(event: Any) -> bytes:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()


def _events(*events: Any, done: bool = True) -> Answer:
    content = b"".join(map(_piece, events)) + (b"data: [DONE]\n\n" if done else b"")
    return Answer(content=content, headers={**LIMITS, "content-type": "text/event-stream"})


def _chunk(index: int = 0, end: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "gpt-4o-mini-2024-07-18",
            "choices": [{"index": index, "delta": delta, "finish_reason": end}]}  # fmt: skip


USAGE = {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29}
COMPLETION = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1,
    "model": "gpt-4o-mini-2024-07-18", "usage": USAGE,
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello"}}],
}  # fmt: skip
OUTPUT = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
          "content": [{"type": "output_text", "text": "Hello", "annotations": []}]}  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "completed",
    "model": "gpt-4.1-2025-04-14", "output": [OUTPUT], "parallel_tool_calls": True,
    "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
    "usage": {"input_tokens": 36, "output_tokens": 8, "total_tokens": 44,
              "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 0},
              "output_tokens_details": {"reasoning_tokens": 2}},
}  # fmt: skip
WORDS = [_chunk(role="assistant", content=""), _chunk(content="Hel"), _chunk(content="lo"),
         _chunk(end="stop")]  # fmt: skip
COUNTED = {**_chunk(), "choices": [], "usage": USAGE}
EVENTS = [
    {"type": "response.created", "sequence_number": 0,
     "response": {**RESPONSE, "status": "in_progress", "output": [], "usage": None}},
    {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0,
     "item": {**OUTPUT, "status": "in_progress", "content": []}},
    {"type": "response.content_part.added", "sequence_number": 2, "output_index": 0,
     "content_index": 0, "item_id": "msg_1",
     "part": {"type": "output_text", "text": "", "annotations": []}},
    {"type": "response.output_text.delta", "sequence_number": 3, "output_index": 0,
     "content_index": 0, "item_id": "msg_1", "delta": "Hello", "logprobs": []},
    {"type": "response.completed", "sequence_number": 4, "response": RESPONSE},
]  # fmt: skip


@pytest.fixture
def wire() -> SimpleNamespace:
    """Return makers of answers, and bodies."""
    return SimpleNamespace(
        json=_json, events=_events, piece=_piece, chunk=_chunk, key=KEY,
        completion=COMPLETION, response=RESPONSE, words=WORDS, counted=COUNTED,
        response_events=EVENTS, usage=USAGE,
        messages=[{"role": "user", "content": "Hi"}],
        error={"error": {"message": "Slow down", "type": "requests", "param": None,
                         "code": "rate_limit_exceeded"}},
    )  # fmt: skip


class _PieceServer(ThreadingHTTPServer):
    """Sends pieces of an event stream, then ends it, cuts the connection, or hangs."""

    daemon_threads = True

    def __init__(self, pieces: Sequence[bytes], ending: str) -> None:
        super().__init__(("127.0.0.1", 0), _PieceHandler)
        self.pieces = pieces
        self.ending = ending
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"


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
        if self.server.ending == "end":
            self.wfile.write(b"0\r\n\r\n")
        elif self.server.ending == "hang":
            self.server.stopping.wait(30)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet."""


@pytest.fixture
def serve_pieces() -> Iterator[Callable[..., str]]:
    """Return a function that serves pieces of a stream and an ending: end, cut or hang."""
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


@pytest.fixture
def to_loopback(endpoint: ScriptedEndpoint) -> Callable[[], httpx.Client]:
    """Return a maker of HTTP clients that bring every request to the endpoint."""
    port = int(endpoint.url.rpartition(":")[2])

    class ToLoopback(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
            return super().handle_request(request)

    return lambda: httpx.Client(transport=ToLoopback())
