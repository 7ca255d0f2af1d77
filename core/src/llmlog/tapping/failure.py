"""Failures that come as an answer: a response or a stream that says that it failed."""

from __future__ import annotations

from typing import Any


class FailedResponseError(Exception):
    """The API answered, and its answer says that the model failed."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


def failure_of(value: Any) -> FailedResponseError | None:
    """Return the failure that a Responses object, or the event that carries it, tells of."""
    if getattr(value, "type", None) == "response.failed":
        value = value.response
    if getattr(value, "object", None) != "response" or value.status != "failed":
        return None
    error = value.error
    message = getattr(error, "message", None) or "the response failed"
    return FailedResponseError(message, getattr(error, "code", None))
