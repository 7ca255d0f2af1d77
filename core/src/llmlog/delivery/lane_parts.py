"""What a lane is made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from llmlog.clock import Clock, system_random
from llmlog.delivery.breaker import Breaker
from llmlog.delivery.dead_letter import DeadLetters
from llmlog.delivery.ledger import Ledger
from llmlog.delivery.queue import Bounds
from llmlog.delivery.sender import Sender
from llmlog.delivery.stats import label

if TYPE_CHECKING:
    from llmlog.exporter import Limits

KEEP_S = 7 * 86_400.0


@frozen(kw_only=True)
class LaneParts:
    """What a lane is made of. `destination` is a name for people, without any credential.

    What waits on disk is given up when it is older than `keep_s` seconds. `directory` is where
    lanes of several processes agree on when to leave a backend alone. `concurrency` bounds the
    requests in flight; each way to the destination has a sender of its own.
    """

    exporter: str
    destination: str
    limits: Limits
    open_sender: Callable[[], Sender]
    bounds: Bounds = field(factory=Bounds)
    dead_letters: DeadLetters | None = None
    ledger: Ledger | None = None
    keep_s: float = KEEP_S
    directory: Path | None = None
    concurrency: int = 1
    clock: Clock = field(factory=Clock)
    chance: random.Random = field(factory=system_random)

    @property
    def key(self) -> str:
        """Return the name of the lane on disk."""
        return f"{self.exporter}/{self.destination}"

    @property
    def label(self) -> str:
        """Return the name of the lane for people."""
        return label(self.exporter, self.destination)

    def breaker(self) -> Breaker | None:
        """Return the breaker that the lanes of this name share; None without a directory."""
        if self.directory is None:
            return None
        return Breaker(self.directory, self.key, clock=self.clock, chance=self.chance,
                       probe_s=self.limits.timeout_s + 1.0)  # fmt: skip
