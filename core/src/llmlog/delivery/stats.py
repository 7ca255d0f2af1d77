"""The account of a lane: `accepted = delivered + dead_lettered + dropped + pending`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from attrs import define, field, frozen

if TYPE_CHECKING:
    from llmlog.delivery.queue import Event


@frozen(kw_only=True)
class LaneStats:
    """A lane's account at one moment, in events and, where the name says so, in bytes.

    The bytes of an event are those that it has on disk; without a spool they are those of its
    texts and 1,000 for the rest. `dropped` counts by reason. `retried` counts requests beyond an
    event's first one, `degraded` events that lost their texts to make room, whose bytes are among
    those dropped; neither takes part in the identity. `last_error` is the backend's last complaint.
    """

    exporter: str
    destination: str
    accepted: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    dropped: Mapping[str, int] = field(factory=dict)
    pending: int = 0
    accepted_bytes: int = 0
    delivered_bytes: int = 0
    dead_lettered_bytes: int = 0
    dropped_bytes: Mapping[str, int] = field(factory=dict)
    pending_bytes: int = 0
    retried: int = 0
    degraded: int = 0
    requests: int = 0
    last_error: str | None = None

    @property
    def label(self) -> str:
        """Return the name of the lane for people."""
        return label(self.exporter, self.destination)

    @property
    def balanced(self) -> bool:
        """Say whether the identity holds, in events and in bytes."""
        settled = self.delivered + self.dead_lettered + self.lost
        bytes_settled = self.delivered_bytes + self.dead_lettered_bytes + self.lost_bytes
        return (
            self.accepted == settled + self.pending
            and self.accepted_bytes == bytes_settled + self.pending_bytes
        )

    @property
    def lost(self) -> int:
        """Return how many events no one has any more."""
        return sum(self.dropped.values())

    @property
    def lost_bytes(self) -> int:
        """Return how many bytes no one has any more."""
        return sum(self.dropped_bytes.values())


@define(eq=False)
class Tally:
    """Events and their bytes."""

    events: int = 0
    bytes: int = 0

    def add(self, events: int, size: int) -> None:
        """Count more of them; negative numbers take back."""
        self.events += events
        self.bytes += size

    def count(self, events: Iterable[Event]) -> None:
        """Count each of these."""
        for event in events:
            self.add(1, event.size)


def label(exporter: str, destination: str) -> str:
    """Return the name of a lane for people: the exporter's, and the tenant's if there is one."""
    return exporter if destination in ("", "default") else f"{exporter}/{destination}"


class Counters:
    """The changing numbers behind `LaneStats`; guarded by the lane's lock."""

    def __init__(self) -> None:
        self.accepted = Tally()
        self.delivered = Tally()
        self.dead_lettered = Tally()
        self.dropped: defaultdict[str, Tally] = defaultdict(Tally)
        self.retried = 0
        self.degraded = 0
        self.requests = 0
        self.last_error: str | None = None

    def stats(self, exporter: str, destination: str, pending: Tally) -> LaneStats:
        """Return the account as a value."""
        return LaneStats(
            exporter=exporter, destination=destination,
            accepted=self.accepted.events, accepted_bytes=self.accepted.bytes,
            delivered=self.delivered.events, delivered_bytes=self.delivered.bytes,
            dead_lettered=self.dead_lettered.events, dead_lettered_bytes=self.dead_lettered.bytes,
            dropped={why: tally.events for why, tally in self.dropped.items() if tally.events},
            dropped_bytes={why: tally.bytes for why, tally in self.dropped.items() if tally.bytes},
            pending=pending.events, pending_bytes=pending.bytes, retried=self.retried,
            degraded=self.degraded, requests=self.requests, last_error=self.last_error,
        )  # fmt: skip
