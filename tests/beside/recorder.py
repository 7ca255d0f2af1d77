"""Every host at once, on loopback: the scripted model, and backends that say yes."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from beside import model
from beside.call import COUNT, HOST
from beside.reading import readable

ANYTHING = "11111111-2222-4333-8444-555555555555"
YES: dict[str, Any] = {
    "id": ANYTHING, "project_id": ANYTHING, "name": "any", "token": "fake-token", "success": True,
    "access_token": "fake-token", "expires_in": 3600, "token_type": "Bearer", "status": "ready",
    "issuer": "https://any.test", "authorization_endpoint": "https://any.test/authorize",
    "token_endpoint": "https://any.test/token", "successes": [], "errors": [], "Successful": [], "Failed": [], "UnprocessedItems": {},
    "items": [{"id": ANYTHING, "name": "any", "workspace_id": ANYTHING}], "data": {"id": ANYTHING},
    "project": {"id": ANYTHING, "name": "any"}, "fields": [], "messageIds": ["1"], "row_ids": [], "url": "https://any.test",
}  # fmt: skip
"""An answer with what most clients look for in one."""


STATUSES = {"datadoghq": 202, "langfuse.com/api/public/ingestion": 207, "monitor.azure.com": 204,
            "blob.core.windows.net": 201, "dfs.core.windows.net": 201}  # fmt: skip
"""Other words for yes, by a part of host and path."""


def _status(host: str, path: str) -> int:
    return next((status for part, status in STATUSES.items() if part in host + path), 200)


class Authority:
    """Certificates for whatever host is asked for."""

    def __init__(self, folder: Path) -> None:
        self._authority, self._made = trustme.CA(), dict[str, ssl.SSLContext]()
        self.path = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.path)

    def context(self, host: str) -> ssl.SSLContext:
        """Return what shows a host's certificate."""
        if host not in self._made:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(host).configure_cert(context)
            context.sni_callback = self._choose
            self._made[host] = context
        return self._made[host]

    def _choose(self, wrapped: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        if host:
            wrapped.context = self.context(host)


class Recorder(ThreadingHTTPServer):
    """One integration's world: what was sent into it, and when the model was asked."""

    daemon_threads = True

    def __init__(self, authority: Authority) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authority = authority
        self.texts: list[str] = []
        self.moments: dict[str, list[float]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def setup(self) -> None:
        if self.request.recv(1, 2) == b"\x16":  # MSG_PEEK: the first byte of a TLS handshake
            context = self.server.authority.context("any.test")
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_POST(self) -> None:
        host, body = str(self.headers.get("Host", "")).partition(":")[0], self._body()
        if host == HOST:
            self._model(body)
            return
        if host == COUNT:
            self._say(200, str(len(self.server.texts)).encode())
            return
        encoding = self.headers.get("Content-Encoding", "")
        head = f"{self.command} {host}{self.path}\n"
        self.server.texts.append(head + readable(body, encoding, self.path, self._kind()))
        binary = "protobuf" in self._kind()
        silent = binary or ".s3." in host
        self._say(_status(host, self.path), b"" if silent else json.dumps(YES).encode(),
                  self._kind() if binary else "")  # fmt: skip

    do_PUT = do_PATCH = do_GET = do_DELETE = do_HEAD = do_POST

    def _kind(self) -> str:
        return str(self.headers.get("Content-Type", ""))

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = b""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            pieces += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return pieces

    def _model(self, body: bytes) -> None:
        case = model.case_of(body)
        moments = self.server.moments.setdefault(case, [])
        moments.append(time.time())
        if case == "failure":
            status, said = model.refusal()
            self._say(status, said, headers=model.headers(case))
        elif case == "success":
            self._say(200, model.answer(case), headers=model.headers(case))
        else:
            self._stream(case, moments.append)
        moments.append(time.time())

    def _stream(self, case: str, note: Callable[[float], None]) -> None:
        self.send_response(200)
        for name, value in {**model.headers(case), "Content-Type": "text/event-stream",
                            "Connection": "close"}.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        for chunk in model.chunks(case):
            if b'"role"' in chunk:
                note(time.time())
            self.wfile.write(chunk)
            self.wfile.flush()
        self.close_connection = True

    def _say(self, status: int, body: bytes, kind: str = "",
             headers: dict[str, str] | None = None) -> None:  # fmt: skip
        self.send_response(status)
        body = b"" if status == 204 else body
        for name, value in {"Content-Type": kind or "application/json",
                            "Content-Length": str(len(body)), **(headers or {})}.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
