"""A record with what follows from it, for backends that would have to add it up."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog.chat import present
from llmlog.message import JSON
from llmlog.naming import renamed
from llmlog.payload import Payload
from llmlog.schema import to_dict

TOTALS: Mapping[str, str] = {
    name: name for name in ("total_input_tokens", "total_output_tokens", "total_tokens")
}


def sums(payload: Payload) -> dict[str, JSON]:
    """Return the model that counts, the duration in milliseconds, and the tokens of each side."""
    about: dict[str, JSON] = {"model": payload.model, "duration_ms": payload.timing.duration_ms}
    return present(about) | renamed(payload.tokens, TOTALS)


def summed(payload: Payload) -> dict[str, JSON]:
    """Return the record as JSON data, with its sums beside its fields."""
    return to_dict(payload) | sums(payload)


def summed_within(payload: Payload) -> dict[str, JSON]:
    """Return the record as JSON data with its model and reasons, and its sums among the usage."""
    made = to_dict(payload)
    if payload.usage is not None:
        made["usage"] = {**made.get("usage", {}), **renamed(payload.usage, TOTALS)}
    reasons = list(payload.finish_reasons) or None
    return made | present({"model": payload.model, "finish_reasons": reasons})
