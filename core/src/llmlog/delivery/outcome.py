"""What became of an event: delivered, retryable or rejected."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from attrs import frozen

MAX_RETRY_AFTER_S = 3600.0


@frozen
class Delivered:
    """The backend has the event. `detail` is what it said, for `llmlog doctor`."""

    detail: str = ""


@frozen
class Retryable:
    """Try the event again, not before `after_s` seconds if given."""

    reason: str
    after_s: float | None = None


@frozen
class Rejected:
    """The backend will never take the event."""

    reason: str


@frozen
class Raised(Rejected):
    """Sending raised: it may be an event's fault, or have nothing to do with any."""


@frozen
class TooLarge:
    """The request was too large: send it in halves; a single event is rejected."""

    reason: str = "too large"


@frozen
class Refused:
    """The destination takes nothing as it is set up: wrong credential, address or permission.

    The events are kept, the reason is reported, and the lane tries again after a longer while.
    """

    reason: str


Outcome = Delivered | Retryable | Rejected
Verdict = Delivered | Retryable | Rejected | TooLarge | Refused
"""What is said of a whole request."""

RETRYABLE_STATUSES = frozenset(
    {408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529}
)

REFUSING_STATUSES = frozenset({301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407, 410})


def classify(status: int, headers: Mapping[str, str], now_unix_s: float) -> Verdict:
    """Say what an HTTP status means for the batch that was sent."""
    if 200 <= status < 300:  # noqa: PLR2004
        return Delivered(f"HTTP {status}")
    if status == 413:  # noqa: PLR2004
        return TooLarge("HTTP 413")
    if status in REFUSING_STATUSES:
        return Refused(f"HTTP {status}")
    if status in RETRYABLE_STATUSES:
        return Retryable(f"HTTP {status}", retry_after_s(headers.get("retry-after"), now_unix_s))
    return Rejected(f"HTTP {status}")


def retry_after_s(value: str | None, now_unix_s: float) -> float | None:
    """Read a `Retry-After` header, seconds or a date; None for garbage, capped at an hour."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now_unix_s
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S) if seconds == seconds else None  # noqa: PLR0124
