"""What tests of model clients share: answers as APIs give them, and streams that go wrong."""

from __future__ import annotations

import json
import struct
import threading
from binascii import crc32
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

from llmlog.testing.endpoint import Answer

Ending = Literal["end", "cut", "hang"]


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a JSON body."""
    known = {"content-type": "application/json", **(headers or {})}
    return Answer(status=status, content=json.dumps(body).encode(), headers=known)


def event(body: Any) -> bytes:
    """Return one server-sent event; one of a `type` is named after it."""
    name = f"event: {body['type']}\n" if "type" in body else ""
    return f"{name}data: {json.dumps(body)}\n\n".encode()


def event_answer(
    *bodies: Any, done: bool = False, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return a whole stream of server-sent events; `done` adds OpenAI's last line."""
    content = b"".join(map(event, bodies)) + (b"data: [DONE]\n\n" if done else b"")
    known = {"content-type": "text/event-stream", **(headers or {})}
    return Answer(content=content, headers=known)


def amazon_event(kind: str, body: Any, message: Literal["event", "exception"] = "event") -> bytes:
    """Return a message of AWS' binary event stream: prelude, headers, payload, checksums.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
    """
    known = {f":{message}-type": kind, ":content-type": "application/json",
             ":message-type": message}  # fmt: skip
    headers = b"".join(map(_amazon_header, known.items()))
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    whole = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return whole + struct.pack(">I", crc32(whole))


def _amazon_header(item: tuple[str, str]) -> bytes:
    name, value = (text.encode() for text in item)
    return bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value


class PieceServer:
    """Sends pieces of a stream, then ends it, cuts the connection, or hangs.

    Use it as `with PieceServer([event(...), ...], "cut") as server`; `server.url` has no path.
    """

    def __init__(
        self, pieces: Sequence[bytes], ending: Ending, content_type: str = "text/event-stream"
    ) -> None:
        self._stopping = threading.Event()
        self._server = _server(tuple(pieces), ending, content_type, self._stopping)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> PieceServer:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Answer no more; what hangs is let go."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    __enter__ = start

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.stop()


def _server(
    pieces: tuple[bytes, ...], ending: Ending, content_type: str, stopping: threading.Event
) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(200)
            self.send_header("content-type", content_type)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.close_connection = True
            if ending == "end":
                self.wfile.write(b"0\r\n\r\n")
            elif ending == "hang":
                stopping.wait(30)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server
