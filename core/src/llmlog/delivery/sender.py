"""What a lane asks of a way to its destination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

<<<<<<< HEAD
from llmlog.clock import Clock
from llmlog.delivery.gate import Gate, gated
from llmlog.delivery.outcome import (
    Delivered,
    Outcome,
    Refused,
    Rejected,
    Retryable,
    TooLarge,
    Verdict,
    classify,
)
from llmlog.delivery.request import Reply, Request
from llmlog.encoding import dumps
from llmlog.fork import IMPORTING
from llmlog.guard import describe, guarded
from llmlog.habit import learning
from llmlog.leaving import go_first
=======
from llmlog.delivery.outcome import Outcome, Verdict
>>>>>>> main
from llmlog.payload import Payload

Answer = Verdict | Sequence[Outcome]


class Sender(Protocol):
    """One open way to a destination, used by one thread."""

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Send a batch; return one verdict for it or one outcome per event."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
<<<<<<< HEAD


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
        with self._client.stream(
            request.method, request.url, content=request.content, headers=dict(request.headers)
        ) as response:
            content = b""
            for piece in response.iter_raw():
                content += piece
                if len(content) >= MAX_REPLY_BYTES:
                    break
                if self._clock.monotonic_s() > end_s:
                    message = f"the reply took longer than {self._limits.timeout_s:g} s"
                    raise TimeoutError(message)
            headers = {name.lower(): value for name, value in response.headers.items()}
            content = _inflated(content, headers.get("content-encoding", ""))
            return Reply(response.status_code, headers, content)

    def _opened(self) -> httpx.Client:
        """Return a client; one with a gate trusts the usual certificates and knows no proxy."""
        if self._gate is not None:
            return _client(self._limits.timeout_s, None, gated(self._gate, _default_tls()))
        tls = self._exporter.tls and self._exporter.tls(self._settings)
        with IMPORTING:
            return _client(self._limits.timeout_s, tls)

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


def warm_up() -> None:
    """Import what sending needs and read the trusted certificates, where the Logger is made.

    Connecting looks up a codec, which is one more import. On a lane's thread all this would take
    time from the exit of a short program, and a fork in the middle of it would leave the child
    with half a module, or with a lock that nobody holds.
    """
    for name in ("httpx", "httpcore", "encodings.idna"):
        import_module(name)
    dumps(None)
    _default_tls()


@cache
def _default_tls() -> SSLContext:
    """Return the certificates of the system or of `SSL_CERT_FILE`, read once for all lanes."""
    import httpx

    return httpx.create_ssl_context()


def _inflated(content: bytes, encoding: str) -> bytes:
    """Return a reply's content, no more of it than may be; raise `zlib.error` if it is none."""
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        return content[:MAX_REPLY_BYTES]
    either = zlib.MAX_WBITS | 32  # gzip or zlib, as the content says
    return zlib.decompressobj(either).decompress(content, MAX_REPLY_BYTES)


def _from_elsewhere(record: logging.LogRecord) -> bool:
    return not (record.threadName or "").startswith("llmlog")


def _client(timeout_s: float, tls: SSLContext | None, transport: Any = None) -> httpx.Client:
    """Return a client that follows no redirects and keeps our addresses out of httpx's log."""
    import httpx

    from llmlog import __version__

    logging.getLogger("httpx").addFilter(_from_elsewhere)
    return httpx.Client(
        timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
        headers={"user-agent": f"llmlog/{__version__}", "accept-encoding": "gzip, deflate"},
        follow_redirects=False,
        verify=tls or _default_tls(),
        transport=transport,
        trust_env=transport is None,
    )


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


class ClientSender:
    """Opens a client at the first batch, and anew after a broken connection."""

    def __init__(
        self, exporter: ClientExporter[Any, Any], settings: Any, event_bytes: int | None = None
    ) -> None:
        self._exporter = exporter
        self._settings = settings
        self._event_bytes = event_bytes
        self._client: Any = None
        self._connected = False

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Send a batch through the client."""
        try:
            if not self._connected and (problem := self._connect()):
                return problem
            with learning(self._exporter):
                answer = self._exporter.send(self._client, self._settings, self._fitted(batch))
        except self._exporter.retryable as problem:
            self.close()
            return Retryable(describe(problem))
        return Delivered() if answer is None else answer

    def _fitted(self, batch: Sequence[Payload]) -> Sequence[Payload]:
        """Return the batch with events cut that are too large as JSON; as it is without a limit."""
        limit = self._event_bytes
        if limit is None:
            return batch
        return tuple(fitted(payload, lambda made: len(to_json(made)) <= limit) or payload
                     for payload in batch)  # fmt: skip

    def _connect(self) -> Refused | None:
        """Open the client; whatever is wrong with it is no fault of the events."""
        try:
            self._client = self._exporter.connect(self._settings)
        except self._exporter.retryable:
            raise
        except Exception as problem:  # noqa: BLE001  # a client's own exceptions, any of them
            return Refused(f"cannot connect: {describe(problem)}")
        self._connected = True
        go_first()
        return None

    def close(self) -> None:
        """Close the client, if it is open."""
        if self._connected:
            client, self._client, self._connected = self._client, None, False
            self._exporter.close(client)


class HookSender:
    """Hands payloads to a plugin's `log_success` and `log_failure`, plain or async."""

    def __init__(self, hooks: Callable[[Payload], Sequence[Callable[..., Any]]]) -> None:
        self._hooks = hooks
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Call the implementations for each payload."""
        for payload in batch:
            for function in self._hooks(payload):
                result = function(payload=payload)
                if inspect.isawaitable(result):
                    self._run(result)
        return Delivered()

    def _run(self, awaitable: Any) -> None:
        if self._loop is None:
            with IMPORTING:
                import asyncio
            self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(_awaited(awaitable))

    def close(self) -> None:
        """End the loop that ran the async implementations."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None


async def _awaited(awaitable: Any) -> None:
    await awaitable


__all__ = [
    "Answer", "ClientSender", "Delivered", "HTTPSender", "HookSender", "Outcome", "Refused",
    "Rejected", "Retryable", "Sender", "TooLarge", "Verdict",
]  # fmt: skip
=======
>>>>>>> main
