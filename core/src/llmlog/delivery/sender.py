"""What a lane asks of a way to its destination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from llmlog.delivery.outcome import Outcome, Verdict
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
