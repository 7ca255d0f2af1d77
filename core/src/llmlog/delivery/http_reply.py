"""Reading an answer over HTTP: bounded in bytes and in time, whatever the backend sends."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from llmlog.clock import Clock
from llmlog.delivery.request import Reply

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 1024 * 1024


def read(response: httpx.Response, clock: Clock, end_s: float) -> Reply:
    """Return a reply; raise `TimeoutError` when it takes longer, `zlib.error` for garbage."""
    content = b""
    for piece in response.iter_raw():
        content += piece
        if len(content) >= MAX_BYTES:
            break
        if clock.monotonic_s() > end_s:
            message = "the reply took longer than `timeout_s`"
            raise TimeoutError(message)
    headers = {name.lower(): value for name, value in response.headers.items()}
    content = inflated(content, headers.get("content-encoding", ""))
    return Reply(response.status_code, headers, content)


def inflated(content: bytes, encoding: str) -> bytes:
    """Return a reply's content, no more of it than may be; raise `zlib.error` if it is none."""
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        return content[:MAX_BYTES]
    either = zlib.MAX_WBITS | 32  # gzip or zlib, as the content says
    return zlib.decompressobj(either).decompress(content, MAX_BYTES)
