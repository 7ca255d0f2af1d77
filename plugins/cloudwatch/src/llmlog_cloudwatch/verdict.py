"""What CloudWatch Logs says: an error for all events, or the ends of those it did not take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from llmlog import Delivered, Outcome, Refused, Rejected, Retryable
from llmlog.delivery.outcome import RETRYABLE_STATUSES, TooLarge

_PASSING = frozenset({"OperationAbortedException", "ServiceUnavailableException",
                      "Throttling", "ThrottlingException", "InvalidSequenceTokenException",
                      "RequestLimitExceeded", "InternalFailure"})  # fmt: skip


def missing(problem: ClientError) -> bool:
    """Say whether the group or the stream is not there."""
    return _code(problem) == "ResourceNotFoundException"


def verdict(problem: ClientError | BotoCoreError) -> Rejected | Refused | Retryable | TooLarge:
    """Say what becomes of all events."""
    reason = f"{type(problem).__name__}: {problem}"
    if not isinstance(problem, ClientError):
        passing = isinstance(problem, (ConnectionError, HTTPClientError))
        return Retryable(reason) if passing else Refused(reason)
    code, status = _code(problem), problem.response.get("ResponseMetadata", {})
    if code == "InvalidParameterException":
        return TooLarge(reason) if "size" in reason.lower() else Rejected(reason)
    if code in _PASSING or status.get("HTTPStatusCode") in RETRYABLE_STATUSES:
        return Retryable(reason)
    return Refused(reason)


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


def _code(problem: ClientError) -> str:
    return str(problem.response.get("Error", {}).get("Code", ""))
