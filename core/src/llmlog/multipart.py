"""Bodies of `multipart/form-data`, RFC 7578: parts of JSON that say their length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from llmlog.delivery.request import Request


def multipart(
    url: str, parts: Iterable[tuple[str, bytes]], headers: Mapping[str, str] | None = None
) -> Request:
    """Return a request of named parts; the boundary follows from the content."""
    made = list(parts)
    boundary = sha256(b"".join(content for _, content in made)).hexdigest()
    lines = [line for name, content in made for line in (_head(boundary, name, content), content)]
    body = b"\r\n".join((*lines, f"--{boundary}--\r\n".encode()))
    return Request(
        url, body, {"content-type": f"multipart/form-data; boundary={boundary}", **(headers or {})}
    )


def _head(boundary: str, name: str, content: bytes) -> bytes:
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    ).encode()
