"""Alerts of every state, as the payloads that carry them. Equal each time."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from llmlog.alerts.alert import Alert
from llmlog.payload import Payload

_SINCE_NS = 1_793_534_400_000_000_000
_AT_NS = _SINCE_NS + 42_000_000_000
_RATE = Alert(
    rule="failing", measure="failure_rate", state="firing", at_unix_ns=_AT_NS,
    since_unix_ns=_SINCE_NS, value=0.25, threshold=0.1, window_s=300.0, calls=40, others=2,
    repeated=1, labels={"request_model": "gpt-4o-mini", "environment": "production"},
)  # fmt: skip


def _fixed(number: int, alert: Alert) -> Payload:
    return evolve(
        alert.payload(), id=f"01a196fb-1600-7000-a000-0000000001{number:02x}",
        trace_id=f"01a196fb16007000a0000000000001{number:02x}",
        span_id=f"a0000000000001{number:02x}",
    )  # fmt: skip


ALERTS: Mapping[str, Payload] = {
    "firing": _fixed(1, _RATE),
    "resolved": _fixed(2, evolve(_RATE, state="resolved", value=0.0, others=0, repeated=0)),
    "budget": _fixed(3, Alert(
        rule="budget", measure="cost", state="firing", at_unix_ns=_AT_NS,
        since_unix_ns=_SINCE_NS, value=11.0, threshold=10.0, window_s=86_400.0, calls=3,
        labels={"user_id": "user-1"},
    )),
    "hanging": _fixed(4, Alert(
        rule="stuck <&> *bold*", measure="hanging", state="firing", at_unix_ns=_AT_NS,
        since_unix_ns=_SINCE_NS, value=601.5, threshold=600.0, calls=1,
    )),
    "report": _fixed(5, Alert(
        rule="daily spend", measure="cost", state="report", at_unix_ns=_AT_NS,
        since_unix_ns=_SINCE_NS, value=12.5, calls=200,
        lines=("12.50 USD since 2026-11-01, 200 calls, 3 failed", "model gpt-4o-mini: 12.50 USD"),
    )),
}  # fmt: skip
