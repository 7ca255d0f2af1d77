"""Sending through a client, opened anew after a broken connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llmlog.delivery.outcome import Delivered, Refused, Retryable
from llmlog.delivery.sender import Answer
from llmlog.guard import describe
from llmlog.habit import learning
from llmlog.leaving import go_first
from llmlog.payload import Payload
from llmlog.schema import to_json
from llmlog.sizing import fitted

if TYPE_CHECKING:
    from llmlog.exporter import ClientExporter


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
