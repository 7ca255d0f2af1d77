"""What a bulk answer says of each document: 200 for the whole hides what it did not take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlog import Delivered, Outcome, Payload, Rejected, Reply, Retryable
from llmlog.delivery.outcome import RETRYABLE_STATUSES
from llmlog.message import JSON

CONFLICT = 409


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Return an outcome for each item, in the order of the batch; None where there are none."""
    body = reply.json()
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or len(items) != len(batch):
        return None
    return [_outcome(item) for item in items]


def _outcome(item: JSON) -> Outcome:
    result = item.get("create") if isinstance(item, dict) else None
    status = result.get("status") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(status, int):
        return Rejected(f"an answer without a status: {item!r:.200}")
    if status == CONFLICT:
        return Delivered("already there")
    if status < 300:  # noqa: PLR2004
        return Delivered()
    reason = _reason(status, result.get("error"))
    return Retryable(reason) if status in RETRYABLE_STATUSES else Rejected(reason)


def _reason(status: int, error: JSON) -> str:
    """Return type and reason, with those of the cause, which names the field."""
    if not isinstance(error, Mapping):
        return f"{status}: {error!r:.200}"
    cause = error.get("caused_by")
    said = f"{status} {error.get('type')}: {error.get('reason')}"
    return f"{said}: {cause.get('reason')}"[:500] if isinstance(cause, Mapping) else said[:500]
