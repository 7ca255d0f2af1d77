"""Sending over HTTP: encode a batch, post it, judge the answer."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llmlog.clock import Clock
from llmlog.delivery import http_client
from llmlog.delivery.gate import Gate
from llmlog.delivery.http_reply import read
from llmlog.delivery.outcome import Delivered, Refused, Retryable, TooLarge, Verdict, classify
from llmlog.delivery.request import Reply, Request
from llmlog.delivery.sender import Answer
from llmlog.fork import IMPORTING
from llmlog.guard import describe, guarded
from llmlog.habit import learning
from llmlog.payload import Payload
from llmlog.sizing import fitted

if TYPE_CHECKING:
    import httpx

    from llmlog.exporter import HTTPExporter, Limits


class HTTPSender:
    """Encodes a batch, posts it and reads the answer."""

    def __init__(
        self, exporter: HTTPExporter[Any], settings: Any, limits: Limits, clock: Clock,
        gate: Gate | None = None,
    ) -> None:  # fmt: skip
        self._exporter = exporter
        self._settings = settings
        self._limits = limits
        self._clock = clock
        self._gate = gate
        self._client: httpx.Client | None = None
        self._encoded: tuple[Sequence[Payload], Request | None] | None = None

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Send a batch; equal bytes when the same batch comes again."""
        request = self._request(batch)
        if request is None or self._oversized(request, len(batch)):
            return TooLarge(f"the limit is {self._largest(len(batch))} bytes")
        return self._judge(self._post(request), batch)

    def _request(self, batch: Sequence[Payload]) -> Request | None:
        if self._encoded is None or self._encoded[0] is not batch:
            self._encoded = (batch, self._made(batch))
        return self._encoded[1]

    def _made(self, batch: Sequence[Payload]) -> Request | None:
        """Return a request with events cut that are too large; None if that is not enough."""
        with learning(self._exporter):
            request, limit = self._exporter.encode(self._settings, batch), self._largest(1)
        one_by_one = len(batch) == 1 or self._limits.event_bytes is not None
        if limit is None or len(request.content) <= limit or not one_by_one:
            return request
        smaller = [fitted(payload, self._fits_alone) for payload in batch]
        if all(made is payload for made, payload in zip(smaller, batch, strict=True)):
            return request
        kept = [made for made in smaller if made is not None]
        return self._exporter.encode(self._settings, kept) if len(kept) == len(batch) else None

    def _fits_alone(self, payload: Payload) -> bool:
        return not self._oversized(self._exporter.encode(self._settings, (payload,)), 1)

    def _largest(self, events: int) -> int | None:
        bounds = [self._limits.bytes, self._limits.event_bytes if events == 1 else None]
        return min((bound for bound in bounds if bound is not None), default=None)

    def _oversized(self, request: Request, events: int) -> bool:
        largest = self._largest(events)
        return largest is not None and len(request.content) > largest

    def _signed(self, request: Request) -> Request:
        if self._exporter.sign is None:
            return request
        return self._exporter.sign(self._settings, request, self._clock.unix_ns() / 1e9)

    def _post(self, request: Request) -> Reply | Retryable | Refused:
        with IMPORTING:
            import httpx

        signed = guarded(self._signed, request, otherwise=lambda problem: problem)
        if not isinstance(signed, Request):
            return Refused(f"cannot sign: {describe(signed)}")
        request = signed
        if self._limits.gzip and len(request.content) >= 1024:  # noqa: PLR2004
            request = request.gzipped()
        try:
            return self._exchange(request)
        except (httpx.TransportError, zlib.error, OSError) as problem:
            return Retryable(describe(problem))

    def _exchange(self, request: Request) -> Reply:
        if self._client is None:
            self._client = self._opened()
        end_s = self._clock.monotonic_s() + self._limits.timeout_s
        response = self._client.send(self._client.build_request(
            request.method, request.url, content=request.content, headers=dict(request.headers)
        ), stream=True)  # fmt: skip
        try:
            return read(response, self._clock, end_s)
        finally:
            response.close()
            del response.stream  # holds the response: a circle, with the request's content in it

    def _opened(self) -> httpx.Client:
        tls = self._exporter.tls
        own = tls(self._settings) if tls is not None and self._gate is None else None
        return http_client.opened(self._limits.timeout_s, own, self._gate)

    def _judge(self, reply: Reply | Retryable | Refused, batch: Sequence[Payload]) -> Answer:
        if not isinstance(reply, Reply):
            return reply
        verdict = classify(reply.status, reply.headers, self._clock.unix_ns() / 1e9)
        reads = isinstance(verdict, Delivered) or reply.status in self._exporter.reads
        if reads and self._exporter.read_reply is not None:
            outcomes = self._exporter.read_reply(reply, batch)
            if outcomes is not None:
                return outcomes
        return _with_excerpt(verdict, reply)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _with_excerpt(verdict: Verdict, reply: Reply) -> Verdict:
    text = reply.excerpt
    if not text:
        return verdict
    if isinstance(verdict, Delivered):
        return Delivered(f"{verdict.detail} {text}")
    reason = f"{verdict.reason} {text}"
    if isinstance(verdict, Retryable):
        return Retryable(reason, verdict.after_s)
    return type(verdict)(reason)
