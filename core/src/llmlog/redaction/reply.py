"""What a backend or its client says of a batch, without any credential that it repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, fields

from llmlog.delivery.outcome import Raised, Rejected
from llmlog.guard import describe, guarded
from llmlog.payload import Payload
from llmlog.redaction.known import Known


class DiscreetSender:
    """Sends as another sender does, and keeps known values out of its answers and exceptions."""

    def __init__(self, sender: Any, known: Known) -> None:
        self._sender = sender
        self._known = known

    def send(self, batch: Sequence[Payload]) -> Any:
        """Send a batch; return the answer with every reason scrubbed."""
        return self._discreet(guarded(self._sender.send, batch, otherwise=_raised))

    def _discreet(self, answer: Any) -> Any:
        if isinstance(answer, Sequence):
            return [self._discreet(outcome) for outcome in answer]
        names = {item.name for item in fields(type(answer))} & {"reason", "detail"}
        return evolve(answer, **{name: self._known(getattr(answer, name)) for name in names})

    def close(self) -> None:
        """Let go of connections."""
        self._sender.close()


def _raised(problem: BaseException) -> Rejected:
    return Raised(f"raised {describe(problem)}")
