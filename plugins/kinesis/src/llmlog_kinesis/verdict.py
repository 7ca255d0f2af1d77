"""What an error of Kinesis or of its client means for a whole request."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from llmlog import Refused, Rejected, Retryable
from llmlog.delivery.outcome import RETRYABLE_STATUSES, TooLarge

_TOO_LARGE = frozenset[str]()
_PASSING = frozenset(
    {
        "InternalFailure",
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
    }
)
_REJECTING = frozenset[str]()


def verdict(problem: ClientError | BotoCoreError) -> Retryable | Refused | Rejected | TooLarge:
    """Say what becomes of the events; what is not known to be their fault keeps them."""
    reason = f"{type(problem).__name__}: {problem}"
    if not isinstance(problem, ClientError):
        broken = isinstance(problem, (ConnectionError, HTTPClientError))
        return Retryable(reason) if broken else Refused(reason)
    code = problem.response.get("Error", {}).get("Code", "").rpartition(".")[2]
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _TOO_LARGE:
        return TooLarge(reason)
    if code in _REJECTING:
        return Rejected(reason)
    if code in _PASSING or status in RETRYABLE_STATUSES:
        return Retryable(reason)
    return Refused(reason)
