"""The wire form of a batch, and the backend's answer."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import evolve, field, frozen

from llmlog.encoding import dumps, dumps_list, dumps_to_keep, loads
from llmlog.message import JSON

Method = Literal["POST", "PUT", "PATCH"]


@frozen
class Request:
    """One HTTP request. `content` is what is sent before compression; headers are lower case."""

    url: str
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    method: Method = "POST"

    @classmethod
    def json(
        cls,
        url: str,
        value: JSON,
        headers: Mapping[str, str] | None = None,
        method: Method = "POST",
    ) -> Request:
        """Return a request with a JSON body."""
        content = dumps_list(value) if type(value) is list else dumps(value)
        return cls(url, content, _typed("application/json", headers), method)

    @classmethod
    def ndjson(
        cls, url: str, values: Iterable[JSON], headers: Mapping[str, str] | None = None
    ) -> Request:
        """Return a request with one JSON value per line."""
        content = b"\n".join([*map(dumps_to_keep, values), b""])
        return cls(url, content, _typed("application/x-ndjson", headers))

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """Return the request with more headers."""
        return evolve(self, headers={**self.headers, **headers})

    def gzipped(self) -> Request:
        """Return the request with a compressed body; equal bytes for equal content."""
        if "content-encoding" in self.headers:
            return self
        packed = gzip.compress(self.content, compresslevel=1, mtime=0)
        return evolve(self, content=packed, headers={**self.headers, "content-encoding": "gzip"})


def _typed(content_type: str, headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"content-type": content_type} | {
        name.lower(): value for name, value in (headers or {}).items()
    }


@frozen
class Reply:
    """The backend's answer: status, headers with lower-case names, and at most 1 MiB of body."""

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)

    def json(self) -> JSON:
        """Return the body as JSON, None if it is none."""
        try:
            return loads(self.content)
        except ValueError:
            return None

    @property
    def excerpt(self) -> str:
        """Return the first 500 characters of the body on one line."""
        return " ".join(self.content[:2000].decode("utf-8", "replace").split())[:500]
