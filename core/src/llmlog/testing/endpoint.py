"""A real HTTP server on loopback that answers as it was told and remembers what it got."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from types import TracebackType

from attrs import field, frozen

from llmlog.encoding import loads
from llmlog.message import JSON


@frozen(kw_only=True)
class Received:
    """One request: headers have lower-case names, `content` is decompressed, `raw` as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes
    raw: bytes = b""

    def json(self) -> JSON:
        """Return the body as JSON; raise `ValueError` if it is none."""
        return loads(self.content)


@frozen(kw_only=True)
class Answer:
    """What the endpoint says: after `delay_s` seconds, or nothing at all with `cut`."""

    status: int = 200
    content: bytes = b"{}"
    headers: Mapping[str, str] = field(factory=dict)
    delay_s: float = 0.0
    cut: bool = False


Script = Answer | Callable[[Received], Answer]


class ScriptedEndpoint:
    """Use it as `with ScriptedEndpoint() as endpoint`; `endpoint.url` has no trailing slash.

    Scripted answers are used up in order; then `default` answers every request. With `tls` it
    speaks https.
    """

    def __init__(
        self, *script: Script, default: Script | None = None, tls: SSLContext | None = None
    ) -> None:
        self.requests: list[Received] = []
        self.default: Script = default or Answer()
        self._script: deque[Script] = deque(script)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *answers: Script) -> None:
        """Add answers to those that are waiting."""
        with self._changed:
            self._script.extend(answers)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Received]:
        """Wait until `count` requests came; raise `TimeoutError` otherwise."""
        end_s = time.monotonic() + timeout_s
        with self._changed:
            while len(self.requests) < count:
                if not self._changed.wait(end_s - time.monotonic()) and (time.monotonic() >= end_s):
                    message = f"{len(self.requests)} of {count} requests in {timeout_s} s"
                    raise TimeoutError(message)
            return list(self.requests)

    def _take(self, received: Received) -> Answer:
        with self._changed:
            self.requests.append(received)
            script = self._script.popleft() if self._script else self.default
            self._changed.notify_all()
        return script if isinstance(script, Answer) else script(received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer's body waits 40 ms for its head

            def _any(self) -> None:
                received = _received(self)
                if _cut_short(received):
                    self.close_connection = True
                    return
                answer = endpoint._take(received)
                if answer.delay_s:
                    endpoint._stopping.wait(answer.delay_s)
                if answer.cut:
                    self.close_connection = True
                    return
                _send(self, answer)

            do_POST = do_PUT = do_PATCH = do_GET = do_DELETE = _any  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Stay quiet."""

        return Handler

    def __enter__(self) -> ScriptedEndpoint:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()


def _received(handler: BaseHTTPRequestHandler) -> Received:
    headers = {name.lower(): value for name, value in handler.headers.items()}
    raw = handler.rfile.read(int(headers.get("content-length", 0)))
    return Received(
        method=handler.command, path=handler.path, headers=headers,
        content=_unpacked(raw, headers.get("content-encoding")), raw=raw,
    )  # fmt: skip


def _cut_short(received: Received) -> bool:
    """Say whether the connection ended within the request."""
    if "transfer-encoding" in received.headers or received.method in ("GET", "DELETE"):
        return False
    return len(received.raw) < int(received.headers.get("content-length", 1))


def _unpacked(raw: bytes, encoding: str | None) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(raw)
    return zlib.decompress(raw) if encoding == "deflate" else raw


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    with suppress(ConnectionError):  # the client is gone
        _say(handler, answer)


def _say(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response(answer.status)
    for name, value in {"content-type": "application/json", **answer.headers}.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(answer.content)))
    handler.end_headers()
    handler.wfile.write(answer.content)
