"""Media in the store that a plugin offers: put there once, before the record goes on its way."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from llmlog.clock import Clock
from llmlog.delivery.outcome import Retryable
from llmlog.delivery.sender import Answer, Sender
from llmlog.delivery.stats import Counters, LaneStats, Tally
from llmlog.errors import PluginError
from llmlog.guard import describe, guarded
from llmlog.media import Store, deposited, media_of
from llmlog.payload import Payload
from llmlog.plugin import Active, activate, resolve
from llmlog.redaction import Known
from llmlog.settings import Sources

TRIES = 3
REST_S = 60.0
REMEMBERED = 10_000
IN_PLACE = ("inline", "hash", "store")
Media = Mapping[str, bytes]
"""Content by name."""


class Deposit:
    """One plugin's store for all lanes of a Logger, with its account, in media and bytes.

    It is opened when the first medium comes. What is there already is not put again. A store that
    failed `TRIES` times on end gets `REST_S` seconds of rest.
    """

    def __init__(
        self, name: str, open_store: Callable[[], Store], clock: Clock, known: Known
    ) -> None:
        self._name = name
        self._open_store = open_store
        self._clock = clock
        self._known = known
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._there: OrderedDict[str, str] = OrderedDict()
        self._rests_until_s = float("-inf")
        self._counters = Counters()
        self._pending = Tally()

    @property
    def resting(self) -> bool:
        """Say whether the store is left alone."""
        return self._clock.monotonic_s() < self._rests_until_s

    def put(self, content: bytes, name: str) -> str:
        """Return the address of a medium, after it was put there; raise what the store raises."""
        with self._lock:
            if address := self._there.get(name):
                return address
            store = self._store = self._store or self._open_store()
        made = store.put(content, name)
        with self._lock:
            self._counters.requests += 1
            self._there[name] = made
            if len(self._there) > REMEMBERED:
                self._there.popitem(last=False)
        return made

    def accept(self, media: Media) -> None:
        """Count media that are to be put."""
        with self._lock:
            for tally in (self._counters.accepted, self._pending):
                tally.add(*_sum(media))

    def retry(self, reason: str) -> None:
        """Count another try."""
        with self._lock:
            self._counters.retried += 1
            self._counters.last_error = self._known(reason)

    def settle(self, there: Media, missing: Media, reason: str) -> None:
        """Count media that are there, and those that are not, for which the store has its rest."""
        with self._lock:
            self._counters.delivered.add(*_sum(there))
            self._counters.dropped["not_stored"].add(*_sum(missing))
            for events, size in (_sum(there), _sum(missing)):
                self._pending.add(-events, -size)
            if missing:
                self._counters.last_error = self._known(reason)
                self._rests_until_s = self._clock.monotonic_s() + REST_S

    def stats(self) -> LaneStats:
        """Return the account; what is being put is pending."""
        with self._lock:
            return self._counters.stats("(media)", self._name, self._pending)

    def close(self) -> None:
        """Let go of the store's connections."""
        with self._lock:
            store, self._store = self._store, None
        close = getattr(store, "close", None)
        if close is not None:
            guarded(close, otherwise=lambda _: None)


class DepositSender:
    """Sends as another sender does, after the media of a batch are in their store.

    A store that fails is tried again with the lane's own waits. After that the records go with a
    hash in place of what could not be stored: never with the media themselves.
    """

    def __init__(self, sender: Sender, deposit: Deposit) -> None:
        self._sender = sender
        self._deposit = deposit
        self._batch: Sequence[Payload] | None = None
        self._made: Sequence[Payload] | None = None
        self._tries = 0

    def send(self, batch: Sequence[Payload]) -> Answer:
        """Put what is new, then send the batch with addresses; the same one when it comes again."""
        if self._batch is not batch:
            self._batch, self._made, self._tries = batch, None, 0
        if self._made is None:
            media = dict(pair for payload in batch for pair in media_of(payload))
            if media and (problem := self._put(media, batch)) is not None:
                return problem
        return self._sender.send(self._made or batch)

    def _put(self, media: Media, batch: Sequence[Payload]) -> Retryable | None:
        if not self._tries:
            self._deposit.accept(media)
        self._tries = TRIES if self._deposit.resting else self._tries + 1
        addresses, reason = self._addresses(media)
        if reason and self._tries < TRIES:
            self._deposit.retry(reason)
            return Retryable(f"media are not stored: {reason}")
        there = {name: media[name] for name in addresses}
        missing = {name: media[name] for name in media.keys() - addresses.keys()}
        self._deposit.settle(there, missing, reason)
        self._made = tuple(deposited(payload, addresses) for payload in batch)
        return None

    def _addresses(self, media: Media) -> tuple[Mapping[str, str], str]:
        """Return where media are, and why the first that is nowhere could not be put."""
        addresses: dict[str, str] = {}
        if self._deposit.resting:
            return addresses, "the store failed a moment ago"
        for name, content in media.items():
            said = guarded(self._deposit.put, content, name, otherwise=lambda problem: problem)
            if isinstance(said, BaseException):
                return addresses, describe(said)
            addresses[name] = said
        return addresses, ""

    def close(self) -> None:
        """Let go of connections; the store is everybody's."""
        self._sender.close()


class Deposits:
    """The stores that plugins' settings name, each made once for a Logger.

    The plugin that offers one need not be active: what it needs is that it is installed and set.
    """

    def __init__(
        self, sources: Sources, known: Known, clock: Clock, active: Sequence[Active] = ()
    ) -> None:
        self._sources = sources
        self._active = {each.name: each for each in active}
        self._known = known
        self._clock = clock
        self._made: dict[str, Deposit] = {}

    def wanted(self, media: str) -> Deposit | None:
        """Return the store of a plugin for its name, None for a word; raise if it has none."""
        if media in IN_PLACE:
            return None
        if media not in self._made:
            self._made[media] = self._deposit(media)
        return self._made[media]

    def _deposit(self, name: str) -> Deposit:
        active = self._active.get(name) or activate(name, resolve(name, name), self._sources)
        open_store: Callable[[Any], Store] | None = getattr(active.declared, "store", None)
        if open_store is None:
            message = f"media = {name!r}: that plugin stores no media; say inline, hash or store"
            raise PluginError(message)
        self._known.learn(active.settings)
        return Deposit(name, partial(open_store, active.settings), self._clock, self._known)

    def stats(self) -> tuple[LaneStats, ...]:
        """Return the account of each store."""
        return tuple(deposit.stats() for deposit in self._made.values())

    def close(self) -> None:
        """Let go of all connections."""
        for deposit in self._made.values():
            deposit.close()


def _sum(media: Media) -> tuple[int, int]:
    return len(media), sum(map(len, media.values()))
