"""What Lago says of a batch: it takes all events or none, and names by index what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlog import Delivered, Outcome, Payload, Rejected, Reply, Retryable
from llmlog.delivery.outcome import TooLarge
from llmlog.message import JSON

INVALID = 422
THERE = "value_already_exist"


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | TooLarge | None:
    """Reject what is named, take a duplicate as there, and send the others again."""
    body = reply.json()
    if reply.status != INVALID or not isinstance(body, dict):
        return None
    details = body.get("error_details")
    if "too_many_events" in reply.excerpt:
        return TooLarge(reply.excerpt)
    if not isinstance(details, Mapping):
        return None
    named = {int(key): value for key, value in details.items() if key.isdecimal()}
    if not named or max(named) >= len(batch):
        return None
    return [_outcome(named.get(number)) for number in range(len(batch))]


def _outcome(problems: JSON) -> Outcome:
    if problems is None:
        return Retryable("another event of the batch was not valid")
    fields = problems if isinstance(problems, Mapping) else {}
    if set(fields) == {"transaction_id"} and THERE in str(fields["transaction_id"]):
        return Delivered("already there")
    return Rejected(f"HTTP {INVALID} {problems}"[:500])
