"""Items of a realtime conversation, in the words of the Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmlog.tapping.failure import FailedResponseError
from llmlog.tapping.tap import Tap

_SAYING = {"user": "input_text", "system": "input_text"}


def spoken(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with words for sound; sound without a transcript is only named."""
    content = item.get("content")
    if not isinstance(content, list):
        return dict(item)
    kind = _SAYING.get(str(item.get("role")), "output_text")
    return {**item, "content": [_part(part, kind) for part in content]}


def _part(part: Mapping[str, Any], kind: str) -> dict[str, Any]:
    words = part.get("text") or part.get("transcript")
    if words is not None:
        return {"type": kind, "text": words}
    return {name: value for name, value in part.items() if name != "audio"}


def done(tap: Tap, response: Mapping[str, Any], model: str | None) -> None:
    """End the record of a response as its last event says."""
    status, details = response.get("status"), response.get("status_details") or {}
    whole = {
        "object": "response", "id": response.get("id"), "model": model, "status": status,
        "output": [spoken(item) for item in response.get("output") or ()],
        "usage": response.get("usage"),
        "incomplete_details": details if status == "incomplete" else None,
    }  # fmt: skip
    tap.put({"type": "response.completed", "response": whole})
    error = details.get("error") or {}
    if status == "failed":
        message = error.get("message") or error.get("type") or "the response failed"
        tap.call.fail(FailedResponseError(message, error.get("code")))
    elif status == "cancelled":
        tap.call.abort()
    tap.end()
