"""The hooks: every call that ended is counted."""

from __future__ import annotations

from http.client import HTTPConnection

from prometheus_client import generate_latest

from llmlog import Logger, Payload, hookimpl
from llmlog_prometheus.process import enter
from llmlog_prometheus.settings import Settings


class Metrics:
    """What one Logger adds to the tally of its process.

    `address` is where this process serves it: host and port, None if at no port of its own.
    """

    def __init__(self, settings: Settings) -> None:
        self._shared = enter(settings)
        server = self._shared.servers.get((settings.host, settings.port or 0))
        self.address = (settings.host, server.server_port) if server else None
        self._logger: Logger | None = None
        self._closed = False

    def bind(self, logger: Logger) -> None:
        """Show what becomes of the Logger's events."""
        self._logger = logger
        self._shared.tally.account.refresh(logger)

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        """Count a successful call."""
        self._shared.tally.count(payload)
        if self._logger is not None:
            self._shared.tally.account.refresh(self._logger)

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        """Count any other call."""
        self.log_success(payload)

    def check(self) -> str:
        """Scrape once; say how many samples there are, and where."""
        if self.address is None:
            return f"{_samples(generate_latest(self._shared.tally.registry))} samples, at no port"
        connection = HTTPConnection(*self.address, timeout=5)
        connection.request("GET", "/metrics")
        return f"{_samples(connection.getresponse().read())} samples at port {self.address[1]}"

    def close(self) -> None:
        """Leave the tally; what was counted stays there."""
        if self._closed:
            return
        self._closed = True
        if self._logger is not None:
            self._shared.tally.account.close(self._logger)
        self._shared.leave()


def _samples(text: bytes) -> int:
    return sum(not line.startswith(b"#") for line in text.splitlines())
