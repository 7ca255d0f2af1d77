"""Calls as a table for people. Every text that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from llmlog import Cost, Payload
from llmlog.cli.table import table
from llmlog_local.column import started

_HEADS = ("STARTED", "CALL", "MODEL", "TOKENS", "COST", "FIRST TOKEN", "LATENCY", "STATUS")


def report(payloads: Iterable[Payload]) -> str:
    """Return a line per call under a line of heads; `-` stands for what is not known."""
    return table(_HEADS, [tuple(map(_cell, _row(payload))) for payload in payloads])


def _row(payload: Payload) -> tuple[str | None, ...]:
    usage = payload.usage
    tokens = usage and usage.total_tokens
    first_ns = payload.timing.time_to_first_token_ns
    return (
        f"{started(payload):%Y-%m-%d %H:%M:%S}",
        payload.name or payload.kind,
        payload.model,
        None if tokens is None else str(tokens),
        _money(payload.cost),
        None if first_ns is None else f"{first_ns / 1e6:.0f} ms",
        f"{payload.timing.duration_ns / 1e6:.0f} ms",
        _status(payload),
    )


def _money(cost: Cost | None) -> str | None:
    if cost is None or cost.total is None:
        return None
    return f"{Decimal(f'{cost.total:.6g}'):f} {cost.currency}"


def _status(payload: Payload) -> str:
    error = payload.error
    return f"{payload.status} ({error.status_code or error.type})" if error else payload.status


def _cell(text: str | None) -> str:
    """Return text of one line and at most 40 characters, with control characters escaped."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in (text or "-")[:40]
    )
    return shown[:40]
