"""An in-memory plugin, for applications' own tests."""

from __future__ import annotations

from llmlog.hookspecs import hookimpl
from llmlog.logger import Logger
from llmlog.payload import Payload


class Records:
    """An in-memory plugin: the payloads that it was given, in order."""

    name = "records"

    def __init__(self) -> None:
        self._payloads: list[Payload] = []
        self.logger: Logger | None = None

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        """Keep a successful call."""
        self._payloads.append(payload)

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        """Keep any other call."""
        self._payloads.append(payload)

    def all(self) -> list[Payload]:
        """Return what was logged so far; waits for what is on its way."""
        if self.logger is not None:
            self.logger.flush(5)
        return list(self._payloads)

    def one(self) -> Payload:
        """Return the only record; raise `ValueError` if there is not exactly one."""
        (payload,) = self.all()
        return payload
