"""Sampling: which records are sent whatever the lot says, and how the lot is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from llmlog.configuration import PluginOptions
from llmlog.conversion import convert
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.payload import Payload


def kept(options: PluginOptions, payload: Payload) -> bool:
    """Say whether a payload is sent whatever the lot says: a failed, slow or dear one."""
    slow, dear, cost = options.keep_slower_s, options.keep_dearer, payload.cost
    return (
        payload.failed
        or (slow is not None and payload.timing.duration_ns > slow * 1e9)
        or (dear is not None and cost is not None and (cost.total or 0.0) > dear)
    )


def drawn(trace_id: str, share: float) -> bool:
    """Draw by trace, so that a trace is kept or left out as a whole, everywhere alike."""
    return share >= 1.0 or int(trace_id[-14:], 16) < share * 2**56


def share_of(fields: Mapping[str, Any]) -> float | None:
    """Return the share that a call asks for; a header's text counts as what it says."""
    wish = fields.get("sample")
    if isinstance(wish, str):
        number = guarded(convert, wish, float, otherwise=lambda _: None)
        wish = guarded(convert, wish, bool, otherwise=lambda _: None) if number is None else number
    return float(wish) if isinstance(wish, (int, float)) else None


def left_out(call: Call, share: float | None) -> bool:
    """Say whether a call is one of those that the share, which it asked for, leaves out."""
    return share is not None and call.status == "success" and not drawn(call.span.trace_id, share)


def standing_for(payload: Payload, share: float | None) -> Payload:
    """Return a payload that stands for others, because the call asked for a share of such calls."""
    if share is None or payload.failed or not 0 < share < 1:
        return payload
    return evolve(payload, sample_weight=1.0 / share)
