"""Sampling: which records are sent whatever the lot says, and how the lot is drawn."""

from __future__ import annotations

from llmlog.configuration import PluginOptions
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
