"""The account of a lane: `accepted = delivered + dead_lettered + dropped + pending`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from attrs import field, frozen


@frozen(kw_only=True)
class LaneStats:
    """A lane's account at one moment, in events unless the name says bytes.

    `dropped` counts by reason. `retried` counts requests beyond an event's first one and takes no
    part in the identity. `last_error` is the backend's last complaint.
    """

    exporter: str
    destination: str
    accepted: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    dropped: Mapping[str, int] = field(factory=dict)
    pending: int = 0
    retried: int = 0
    requests: int = 0
    pending_bytes: int = 0
    last_error: str | None = None

    @property
    def label(self) -> str:
        """Return the name of the lane for people."""
        return label(self.exporter, self.destination)

    @property
    def balanced(self) -> bool:
        """Say whether the identity holds."""
        settled = self.delivered + self.dead_lettered + sum(self.dropped.values())
        return self.accepted == settled + self.pending

    @property
    def lost(self) -> int:
        """Return how many events no one has any more."""
        return sum(self.dropped.values())


def label(exporter: str, destination: str) -> str:
    """Return the name of a lane for people: the exporter's, and the tenant's if there is one."""
    return exporter if destination in ("", "default") else f"{exporter}/{destination}"


class Counters:
    """The changing numbers behind `LaneStats`; guarded by the lane's lock."""

    def __init__(self) -> None:
        self.accepted = 0
        self.delivered = 0
        self.dead_lettered = 0
        self.dropped: Counter[str] = Counter()
        self.retried = 0
        self.requests = 0
        self.last_error: str | None = None
