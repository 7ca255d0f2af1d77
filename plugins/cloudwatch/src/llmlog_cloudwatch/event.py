"""One call as one log event: its record as JSON, which CloudWatch Logs Insights reads.

A request holds events of at most 24 hours, in the order of their time, and 1,048,576 bytes, of
which each event takes 26 beside its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llmlog import Payload
from llmlog.encoding import dumps_text
from llmlog.message import JSON
from llmlog.sums import summed
from llmlog_cloudwatch.settings import Settings

_DAY_NS = 86_400 * 10**9


def day(payload: Payload) -> int:
    """Return the day of a call, counted from 1970, in UTC."""
    return payload.timing.start_unix_ns // _DAY_NS


def arguments(settings: Settings, batch: Sequence[Payload]) -> dict[str, Any]:
    """Return the arguments of `put_log_events`."""
    events = [{"timestamp": payload.timing.start_unix_ns // 1_000_000,
               "message": dumps_text(record(payload))} for payload in batch]  # fmt: skip
    return {"logGroupName": settings.group, "logStreamName": settings.stream, "logEvents": events}


def record(payload: Payload) -> dict[str, JSON]:
    """Return the record with its sums, which Insights would have to add up."""
    return summed(payload)
