"""Langfuse's client."""

from __future__ import annotations

from case import Case
from langfuse import Langfuse, propagate_attributes  # noqa: F401


class Subject:
    """A client."""

    def __init__(self, url: str, bounds: bool = True) -> None:  # noqa: FBT001, FBT002, ARG002
        self._client = Langfuse(public_key="pk-lf-fake", secret_key="sk-lf-fake", base_url=url)

    def record(self, case: Case, mark: str) -> None:
        """Record a call as a generation."""
        usage = case.response["usage"]
        self._client.start_observation(
            name="chat", as_type="generation", model="gpt-4o-mini", input=case.messages,
            output=case.response["choices"][0]["message"], metadata={"user": mark},
            usage_details={"input": usage["prompt_tokens"], "output": usage["completion_tokens"]},
        ).end()  # fmt: skip

    def flush(self) -> None:
        """Wait until everything is sent."""
        self._client.flush()

    def close(self) -> None:
        """End the client."""
        self._client.shutdown()
