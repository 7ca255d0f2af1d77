"""Calls as a table for people. Every text that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable

from llmlog.instant import utc
from llmlog.payload import Payload
from llmlog.table import table
from llmlog.wording import money, printable

_HEADS = ("STARTED", "CALL", "MODEL", "TOKENS", "COST", "FIRST TOKEN", "LATENCY", "STATUS")
_WIDEST = 40


def report(payloads: Iterable[Payload]) -> str:
    """Return a line per call under a line of heads; `-` stands for what is not known."""
    return table(_HEADS, [tuple(map(_cell, _row(payload))) for payload in payloads])


def _row(payload: Payload) -> tuple[str | None, ...]:
    timing, tokens = payload.timing, payload.tokens.total_tokens
    return (
        f"{utc(timing.start_unix_ns):%Y-%m-%d %H:%M:%S}",
        payload.name or payload.kind,
        payload.model,
        None if tokens is None else str(tokens),
        money(payload.cost),
        None if timing.first_token_ms is None else f"{timing.first_token_ms:.0f} ms",
        f"{timing.duration_ms:.0f} ms",
        _status(payload),
    )


def _status(payload: Payload) -> str:
    error = payload.error
    return f"{payload.status} ({error.status_code or error.type})" if error else payload.status


def _cell(text: str | None) -> str:
    """Return text of one line and at most 40 characters, with control characters escaped."""
    return printable((text or "-")[:_WIDEST])[:_WIDEST]
