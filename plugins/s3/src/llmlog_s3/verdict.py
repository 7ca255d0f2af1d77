"""What an error of S3 or of its client means for an object.

To S3 an object is opaque bytes, so a refusal is never the fault of one event, its size aside.
Codes: the error responses in the Amazon S3 API reference.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from llmlog import Refused, Retryable
from llmlog.delivery.outcome import RETRYABLE_STATUSES, TooLarge

_BROKEN = (ConnectionError, HTTPClientError)
_TOO_LARGE = frozenset({"EntityTooLarge", "MaxMessageLengthExceeded", "413"})
_PASSING = frozenset({
    "BadDigest", "ConditionalRequestConflict", "IncompleteBody", "OperationAborted",
    "RequestTimeout", "RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException",
    "TooManyRequests", "TooManyRequestsException", "XAmzContentSHA256Mismatch",
})  # fmt: skip


def verdict(problem: ClientError | BotoCoreError) -> Retryable | Refused | TooLarge:
    """Say what becomes of the events: tried again, kept until the setup is right, or halved."""
    reason = f"{type(problem).__name__}: {problem}"
    if not isinstance(problem, ClientError):
        return Retryable(reason) if isinstance(problem, _BROKEN) else Refused(reason)
    code = problem.response.get("Error", {}).get("Code", "")
    reply = problem.response.get("ResponseMetadata", {})
    if code in _TOO_LARGE:
        return TooLarge(reason)
    if code in _PASSING or reply.get("HTTPStatusCode") in RETRYABLE_STATUSES:
        return Retryable(reason, _after_s(reply.get("HTTPHeaders", {}).get("retry-after", "")))
    return Refused(reason)


def _after_s(value: str) -> float | None:
    return float(value) if value.isdecimal() else None
