"""What the collector says of a batch.

It takes events one after the other and stops at the first that it does not take:
`invalid-event-number`, from 0. Those before are indexed, those after are not.
https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import Delivered, Outcome, Payload, Refused, Rejected, Reply, Retryable

READS = frozenset({400, 503})
NOT_THE_EVENT = frozenset({7, 10, 11, 14})
"""Codes for an index, a channel or an acknowledgement that the token is not set up for."""
BAD_EVENT = frozenset({6, 12, 13, 15, 16})


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | Refused | None:
    """Say what became of each event; None where the collector names no event."""
    body = reply.json()
    if not isinstance(body, dict) or body.get("code") == 0:
        return None
    code, taken = body.get("code"), body.get("invalid-event-number")
    if isinstance(taken, int) and 0 <= taken < len(batch):
        reason = f"HTTP {reply.status} {reply.excerpt}"
        if taken == 0 and code in NOT_THE_EVENT:
            return Refused(reason)
        return _outcomes(taken, reason, len(batch), bad=code in BAD_EVENT)
    return Refused(f"HTTP {reply.status} {reply.excerpt}") if code in NOT_THE_EVENT else None


def _outcomes(taken: int, reason: str, count: int, *, bad: bool) -> Sequence[Outcome]:
    """Return outcomes for a batch of which the first `taken` events are indexed."""
    first: Outcome = Rejected(reason) if bad else Retryable(reason)
    rest = [Retryable(f"after an event that was not taken: {reason}")] * (count - taken - 1)
    return [*[Delivered()] * taken, first, *rest]
