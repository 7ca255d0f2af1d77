"""Our own log lines: one per reason in ten seconds, one line each, no payloads."""

from __future__ import annotations

import logging

from llmlog.clock import Clock
from llmlog.guard import guarded

log = logging.getLogger("llmlog")
QUIET_S = 10.0


class Complaints:
    """What an exporter has to say, said seldom."""

    def __init__(self, exporter: str, clock: Clock) -> None:
        self._exporter = exporter
        self._clock = clock
        self._said: dict[str, float] = {}

    def say(self, reason: str) -> None:
        """Log a reason, unless one of its kind was logged within the last ten seconds."""
        kind = " ".join(reason.split(" ", 2)[:2])
        now_s = self._clock.monotonic_s()
        if now_s - self._said.get(kind, float("-inf")) < QUIET_S:
            return
        self._said[kind] = now_s
        text = " ".join(reason.split())[:500]
        guarded(log.warning, "%s: %s", self._exporter, text, otherwise=lambda _: None)
