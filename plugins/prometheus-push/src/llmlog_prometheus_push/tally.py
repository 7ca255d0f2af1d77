"""Counting: each call once. Names are those of the plugin `prometheus`."""

from __future__ import annotations

from collections import OrderedDict, defaultdict

from attrs import asdict
from prometheus_client import CollectorRegistry, Counter, Histogram

from llmlog import Payload, Usage
from llmlog.fact import dollars
from llmlog_prometheus_push.settings import LABELS, Settings

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
REMEMBERED = 50_000
LONGEST = 128


class Tally:
    """The sums of a process, and the ids that are in them."""

    def __init__(self, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        self._names, self._bound = settings.labels, settings.label_values
        self._values: defaultdict[str, set[str]] = defaultdict(set)
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._calls = self._counter("calls", "Calls that ended.")
        self._tokens = self._counter("tokens", "Tokens; no token is of two types.", "type")
        self._cost = self._counter("cost_usd", "Cost in US dollars.")
        self._unpriced = self._counter(
            "unpriced_calls", "Calls that used tokens of no known price."
        )
        self._errors = self._counter("errors", "Calls that ended in an error.", "error_type")
        self._retries = self._counter("retries", "Attempts beyond a call's first.", "reason")
        self._lookups = self._counter("cache_lookups", "Calls that met a cache.", "result")
        self._duration = self._histogram("call_duration_seconds", "Duration of a call.")
        self._first = self._histogram("time_to_first_token_seconds",
                                      "Time to the first token of a stream.")  # fmt: skip

    def _counter(self, name: str, about: str, *own: str) -> Counter:
        return Counter(f"llmlog_{name}", about, (*self._names, *own), registry=self.registry)

    def _histogram(self, name: str, about: str) -> Histogram:
        return Histogram(f"llmlog_{name}", about, self._names, registry=self.registry,
                         buckets=SECONDS)  # fmt: skip

    def count(self, payload: Payload) -> None:
        """Count a call that was not counted yet."""
        if payload.id in self._ids:
            return
        self._ids[payload.id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
        labels = tuple(self._label(name, getattr(payload, LABELS[name])) for name in self._names)
        weight = payload.sample_weight or 1.0
        _add(self._calls, labels, weight)
        self._used(payload, labels, weight)
        self._happened(payload, labels, weight)
        _observe(self._duration, labels, payload.timing.duration_s)
        if (first_s := payload.timing.first_token_s) is not None:
            _observe(self._first, labels, first_s)

    def _used(self, payload: Payload, labels: tuple[str, ...], weight: float) -> None:
        """Count tokens and cost; a cached answer used no tokens."""
        usage = payload.usage if payload.usage and not payload.cache_hit else Usage()
        for name, count in asdict(usage).items():
            if name.endswith("_tokens") and count is not None:
                _add(self._tokens, (*labels, name.removesuffix("_tokens")), count * weight)
        total = dollars(payload).total
        if total is not None and total >= 0:
            _add(self._cost, labels, total * weight)
        elif usage.total_tokens:
            _add(self._unpriced, labels, weight)

    def _happened(self, payload: Payload, labels: tuple[str, ...], weight: float) -> None:
        """Count errors, retries and cache look-ups."""
        if payload.error or payload.status == "failure":
            kind = self._label("error_type", payload.error.type if payload.error else None)
            _add(self._errors, (*labels, kind), weight)
        for attempt in payload.attempts:
            if attempt.reason != "first":
                _add(self._retries, (*labels, attempt.reason), weight)
        if payload.cache_hit is not None:
            _add(self._lookups, (*labels, "hit" if payload.cache_hit else "miss"), weight)

    def _label(self, name: str, value: str | None) -> str:
        """Return a value that is short, printable, and one of a few."""
        text = "".join(sign if sign.isprintable() else "?" for sign in (value or "")[:LONGEST])
        known = self._values[name]
        if text and text not in known and len(known) >= self._bound:
            return "other"
        known.add(text)
        return text


def _add(counter: Counter, labels: tuple[str, ...], amount: float) -> None:
    (counter.labels(*labels) if labels else counter).inc(amount)


def _observe(histogram: Histogram, labels: tuple[str, ...], amount: float) -> None:
    (histogram.labels(*labels) if labels else histogram).observe(max(0.0, amount))
