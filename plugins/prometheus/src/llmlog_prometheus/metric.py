"""The metrics: each a name, a help text, and what a payload adds to it.

Buckets are those that open-telemetry/semantic-conventions-genai gives to client metrics:
`gen_ai.client.operation.duration` and `gen_ai.client.token.usage`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import prometheus_client
from attrs import fields, frozen
from prometheus_client import CollectorRegistry, Histogram

from llmlog import Payload, Usage
from llmlog.fact import dollars

Readings = Mapping[tuple[object, ...], "float | None"]
SECONDS = tuple(round(0.01 * 2**power, 2) for power in range(14))
TOKENS = tuple(4**power for power in range(14))
TOKEN_TYPES = tuple(
    item.name.removesuffix("_tokens") for item in fields(Usage) if item.name.endswith("_tokens")
)


@frozen
class Metric:
    """A counter, or a histogram when it has buckets.

    `read` gives amounts by the values of the metric's own `labels`; None is an unknown amount.
    """

    name: str
    help: str
    read: Callable[[Payload], Readings]
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    def made(
        self, common: tuple[str, ...], registry: CollectorRegistry | None
    ) -> prometheus_client.Counter | Histogram:
        """Return it as prometheus_client has it, with the labels that all metrics have."""
        labels = (*common, *self.labels)
        if self.buckets:
            return Histogram(self.name, self.help, labels, registry=registry, buckets=self.buckets)
        return prometheus_client.Counter(self.name, self.help, labels, registry=registry)


def _usage(payload: Payload) -> Usage:
    """Return what was used for this call: nothing if a cache answered."""
    return payload.usage if payload.usage and not payload.cache_hit else Usage()


def _usd(payload: Payload) -> float | None:
    return dollars(payload).total


def _first_token_s(payload: Payload) -> float | None:
    return payload.timing.first_token_s


def _tokens(payload: Payload) -> Readings:
    usage = _usage(payload)
    return {(kind,): getattr(usage, f"{kind}_tokens") for kind in TOKEN_TYPES}


def _tokens_by_direction(payload: Payload) -> Readings:
    usage = _usage(payload)
    return {("input",): usage.total_input_tokens, ("output",): usage.total_output_tokens}


def _unpriced(payload: Payload) -> Readings:
    return {(): int(_usd(payload) is None)} if _usage(payload).total_tokens else {}


def _errors(payload: Payload) -> Readings:
    failed = payload.error or payload.status == "failure"
    return {(payload.error and payload.error.type,): 1} if failed else {}


def _retries(payload: Payload) -> Readings:
    return Counter((each.reason,) for each in payload.attempts if each.reason != "first")


def _lookups(payload: Payload) -> Readings:
    return {} if payload.cache_hit is None else {("hit" if payload.cache_hit else "miss",): 1}


def _verdicts(payload: Payload) -> Readings:
    return Counter((each.name, each.verdict) for each in payload.guardrails)


METRICS = (
    Metric("llmlog_calls_total", "Calls that ended.", lambda _: {(): 1}),
    Metric("llmlog_call_duration_seconds", "Duration of a call.",
           lambda payload: {(): payload.timing.duration_ns / 1e9}, buckets=SECONDS),
    Metric("llmlog_time_to_first_token_seconds", "Time to the first token of a stream.",
           lambda payload: {(): _first_token_s(payload)}, buckets=SECONDS),
    Metric("llmlog_tokens_total", "Tokens; no token is of two types.", _tokens, ("type",)),
    Metric("llmlog_call_tokens", "Tokens of one call, all types together.",
           _tokens_by_direction, ("direction",), TOKENS),
    Metric("llmlog_cost_usd_total", "Cost in US dollars.", lambda payload: {(): _usd(payload)}),
    Metric("llmlog_unpriced_calls_total", "Calls that used tokens of no known price.", _unpriced),
    Metric("llmlog_cost_saved_usd_total", "US dollars that caches saved.",
           lambda payload: {(): payload.cost_saved}),
    Metric("llmlog_errors_total", "Calls that ended in an error.", _errors, ("error_type",)),
    Metric("llmlog_retries_total", "Attempts beyond a call's first.", _retries, ("reason",)),
    Metric("llmlog_cache_lookups_total", "Calls that met a cache.", _lookups, ("result",)),
    Metric("llmlog_stream_stalls_total", "Gaps of over a second between chunks.",
           lambda payload: {(): payload.chunks.stalls if payload.chunks else None}),
    Metric("llmlog_guardrail_checks_total", "Verdicts of guardrails.",
           _verdicts, ("guardrail", "verdict")),
)  # fmt: skip
