"""A destination as a value: what the author of an exporter declares.

Queue, batch, retry, timeout, compression, credentials, redaction, counters and shutdown are the
core's; an exporter is settings, limits and pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ssl import SSLContext
from typing import Any, Generic, Literal, Protocol, TypeVar

from attrs import field, frozen

from llmlog.delivery.outcome import Outcome, Verdict
from llmlog.delivery.request import Reply, Request
from llmlog.hookspecs import API_VERSION
from llmlog.media import Store
from llmlog.payload import Payload

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)
C = TypeVar("C")
Takes = Literal["calls", "alerts", "both"]
AT_ONCE = 8


@frozen(kw_only=True)
class Limits:
    """How much a destination takes at once.

    `events` and `bytes` bound one request (bytes before compression), `event_bytes` one event;
    None is no bound. A batch waits `age_s` seconds at most to fill up. `timeout_s` bounds one
    request. `gzip` says whether the backend takes compressed bodies. `concurrency` bounds the
    requests in flight at once: 1 where their order matters. Over a client more than one means that
    `connect` and `send` are called on as many threads at once, each with a client of its own, and
    that batches may arrive in any order, a retry after those behind it. None is `AT_ONCE` over
    HTTP, as far as the backend bears it, one for alerts, and one over a client.
    """

    events: int = 100
    bytes: int | None = 5_000_000
    event_bytes: int | None = None
    age_s: float = 1.0
    timeout_s: float = 10.0
    gzip: bool = True
    concurrency: int | None = None


class Encode(Protocol[S_contra]):
    """`encode(settings, batch) -> Request`: pure, so that a retry has equal bytes."""

    def __call__(self, settings: S_contra, batch: Sequence[Payload], /) -> Request:
        """Return the wire form of a batch."""
        ...


class ReadReply(Protocol):
    """`read_reply(reply, batch)`: one outcome per event, or one verdict for all of them.

    For replies that hide rejected events, and statuses that mean something of their own.
    Called for every reply whose status is 2xx or listed in the exporter's `reads`. Returning None
    leaves the status to speak.
    """

    def __call__(
        self, reply: Reply, batch: Sequence[Payload], /
    ) -> Sequence[Outcome] | Verdict | None:
        """Return an outcome for each event, in the order of the batch."""
        ...


class Sign(Protocol[S_contra]):
    """`sign(settings, request, now_unix_s)`: headers that depend on the time, made per attempt.

    Whatever it raises keeps the events: the lane pauses as after a refused credential.
    """

    def __call__(self, settings: S_contra, request: Request, now_unix_s: float, /) -> Request:
        """Return the signed request; its content must stay the same."""
        ...


@frozen(kw_only=True, eq=False)
class HTTPExporter(Generic[S]):
    """A backend with an HTTP API.

    `reads` are statuses beside 2xx that `read_reply` understands, such as 409 or 207.
    `limits` may be a function of the settings. `tls(settings)` returns the certificates to trust
    and to show, None for the system's. `instead(settings)` returns the exporter over a client that
    these settings ask for, None for this one. `takes` says whether the backend is told of calls or
    of alerts; the user's setting of that name comes first.
    """

    name: str
    settings: type[S]
    encode: Encode[S]
    limits: Limits | Callable[[S], Limits] = field(factory=Limits)
    read_reply: ReadReply | None = None
    reads: frozenset[int] = frozenset()
    sign: Sign[S] | None = None
    tls: Callable[[S], SSLContext | None] | None = None
    instead: Callable[[S], ClientExporter[S, Any] | None] | None = None
    store: Callable[[S], Store] | None = None
    takes: Takes = "calls"
    api_version: int = API_VERSION


@frozen(kw_only=True, eq=False)
class ClientExporter(Generic[S, C]):
    """A protocol with a standard client.

    `connect(settings)` opens a client, on the lane's thread and again after `close`; whatever it
    raises keeps the events and is tried again.
    `send(client, settings, batch)` returns one outcome per event, or one verdict for all of them
    (`Refused` keeps the events and pauses); None means that all are delivered.
    An exception that `retryable` lists means: close, connect anew and try the batch again; any
    other rejects the event that raises it alone. `close(client)` lets go of it. `store` is that of
    an `HTTPExporter`.
    """

    name: str
    settings: type[S]
    connect: Callable[[S], C]
    send: Callable[[C, S, Sequence[Payload]], Sequence[Outcome] | Verdict | None]
    close: Callable[[C], object] = lambda _: None
    retryable: tuple[type[BaseException], ...] = (OSError, TimeoutError)
    limits: Limits | Callable[[S], Limits] = field(factory=Limits)
    store: Callable[[S], Store] | None = None
    takes: Takes = "calls"
    api_version: int = API_VERSION


@frozen(kw_only=True, eq=False)
class HookPlugin(Generic[S]):
    """A plugin that implements hooks, with settings of its own: metrics, guardrails, redactors.

    `make(settings)` returns an object with `@llmlog.hookimpl` methods. The object may have
    `close()`, called once at the end; `check() -> str`, which `llmlog doctor` prints; and
    `bind(logger)`, called once after activation. One that `redacts` is never done without: where
    its settings are wrong or it cannot start, all content is hidden.
    """

    name: str
    settings: type[S]
    make: Callable[[S], object]
    redacts: bool = False
    api_version: int = API_VERSION


Exporter = HTTPExporter[Any] | ClientExporter[Any, Any]


def limits_of(exporter: Exporter, settings: Any) -> Limits:
    """Return an exporter's limits under these settings."""
    return exporter.limits(settings) if callable(exporter.limits) else exporter.limits


def concurrency(exporter: Exporter, limits: Limits, wish: int | None, takes: Takes) -> int:
    """Return how many requests may be in flight at most: the user's wish within the limits."""
    if isinstance(exporter, HTTPExporter) and takes == "calls":
        return min(wish or AT_ONCE, limits.concurrency or wish or AT_ONCE)
    most = limits.concurrency or 1
    return min(wish or most, most)
