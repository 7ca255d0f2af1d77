"""Delivery: the accounts of all exporters of a process, as one counter.

What is pending is `accepted` less the other states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily

from llmlog import Logger

NAME = "llmlog_delivery_events_total"
HELP = "Events of each exporter by what became of them."
LABELS = ("exporter", "state", "reason")
Totals = Counter[tuple[str, str, str]]


def totals(logger: Logger) -> Totals:
    """Return a Logger's account, the destinations of an exporter together."""
    found = Totals()
    for lane in logger.stats():
        for state in ("accepted", "delivered", "dead_lettered"):
            found[lane.exporter, state, ""] += getattr(lane, state)
        for reason, count in lane.dropped.items():
            found[lane.exporter, "dropped", reason] += count
    return found


class Account:
    """The accounts of several Loggers: asked at each scrape, as a collector of the registry.

    Without a registry they are written to the files that processes share, which hold no collectors;
    they are then as new as the latest `refresh`.
    """

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._latest: dict[Logger, Totals] = {}
        self._closed = Totals()
        self._written: prometheus_client.Counter | None = None
        if registry is None:
            self._written = prometheus_client.Counter(NAME, HELP, LABELS, registry=None)
        else:
            registry.register(self)

    def refresh(self, logger: Logger) -> None:
        """Take in what changed."""
        found, before = totals(logger), self._latest.get(logger, Totals())
        if self._written is not None:
            for labels, count in found.items():
                self._written.labels(*labels).inc(max(0, count - before[labels]))
        self._latest[logger] = found

    def close(self, logger: Logger) -> None:
        """Keep a Logger's last account, so that no counter goes back."""
        self.refresh(logger)
        self._closed.update(self._latest.pop(logger))

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the sum of all accounts as they are now."""
        found = Totals(self._closed)
        for logger in tuple(self._latest):
            found.update(totals(logger))
        family = CounterMetricFamily(NAME, HELP, labels=LABELS)
        for labels, count in sorted(found.items()):
            family.add_metric(labels, count)
        yield family
