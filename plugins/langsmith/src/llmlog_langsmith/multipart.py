"""Runs as `multipart/form-data`: one part for a run, and one for each of its heavy fields.

Source: the parts that the vendor's SDK writes. Every part says its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from llmlog.encoding import dumps
from llmlog.message import JSON

APART = ("inputs", "outputs", "events", "extra", "error")


def multipart(runs: Sequence[Mapping[str, JSON]]) -> tuple[str, bytes]:
    """Return the content type and the body; the boundary follows from the content."""
    parts = [part for run in runs for part in _parts(run)]
    boundary = sha256(b"".join(content for _, content in parts)).hexdigest()
    lines = [line for name, content in parts for line in (_head(boundary, name, content), content)]
    body = b"\r\n".join((*lines, f"--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body


def _parts(run: Mapping[str, JSON]) -> Iterator[tuple[str, bytes]]:
    name = f"post.{run['id']}"
    yield name, dumps({key: value for key, value in run.items() if key not in APART})
    for key in APART:
        if key in run:
            yield f"{name}.{key}", dumps(run[key])


def _head(boundary: str, name: str, content: bytes) -> bytes:
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    ).encode()
