"""Counting: what the payloads of a process add up to."""

from __future__ import annotations

from collections import OrderedDict
from math import inf

from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from llmlog import Payload
from llmlog_prometheus.delivery import Account
from llmlog_prometheus.label import Labels
from llmlog_prometheus.metric import METRICS
from llmlog_prometheus.settings import Settings


def multi_process() -> bool:
    """Say whether prometheus_client found PROMETHEUS_MULTIPROC_DIR when it was imported."""
    return values.ValueClass is not values.MutexValue


class Tally:
    """The metrics of a process, and the registry that shows them."""

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        own = None if multi_process() else self.registry
        if own is None:
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
        self.account = Account(own)
        self.labels = Labels(settings.labels, settings.label_values, settings.label_sets)
        self._metrics = [(metric, metric.made(settings.labels, own)) for metric in METRICS]
        self._again = Counter(
            "llmlog_duplicate_records_total", "Records that came again.", registry=own
        )
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._remembered = settings.remembered_ids

    def count(self, payload: Payload) -> None:
        """Count a payload, once."""
        if payload.id in self._ids:
            self._again.inc()
            return
        self._ids[payload.id] = None
        if len(self._ids) > self._remembered:
            self._ids.popitem(last=False)
        common, trace = self.labels.of(payload), exemplar(payload)
        weight = payload.sample_weight or 1.0
        for metric, made in self._metrics:
            for own, amount in metric.read(payload).items():
                if amount is not None and 0 <= amount < inf:
                    labels = (*common, *map(self.labels.value, metric.labels, own))
                    _add(made.labels(*labels) if labels else made, amount, weight, trace)


def _add(
    child: Counter | Histogram, amount: float, weight: float, trace: dict[str, str] | None
) -> None:
    if isinstance(child, Histogram):
        child.observe(amount, trace)
    else:
        child.inc(amount * weight, trace)


def exemplar(payload: Payload) -> dict[str, str] | None:
    """Return the ids that lead from a number to the call, if OpenMetrics takes them."""
    ids = {"trace_id": payload.trace_id, "span_id": payload.span_id}
    return ids if all(len(text) <= 50 and text.isalnum() for text in ids.values()) else None  # noqa: PLR2004
