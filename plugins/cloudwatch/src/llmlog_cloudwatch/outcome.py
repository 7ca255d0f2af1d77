"""What CloudWatch Logs took of a request: all but the ends that are too old or too new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llmlog import Delivered, Outcome, Rejected


def outcomes(reply: Mapping[str, Any], count: int) -> Sequence[Outcome]:
    """Return an outcome for each event, in the order sent: the old and the new ends are not taken.

    `tooOldLogEventEndIndex` and `expiredLogEventEndIndex` are the ends, exclusive, of those that
    are too old; `tooNewLogEventStartIndex` is the first that is too new.
    """
    info = reply.get("rejectedLogEventsInfo") or {}
    expired, old = info.get("expiredLogEventEndIndex", 0), info.get("tooOldLogEventEndIndex", 0)
    new = info.get("tooNewLogEventStartIndex", count)

    def outcome(number: int) -> Outcome:
        if number < expired:
            return Rejected("expired: older than the retention of the log group")
        if number < old:
            return Rejected("too old: more than 14 days")
        return Delivered() if number < new else Rejected("too new: more than 2 hours ahead")

    return [outcome(number) for number in range(count)]
