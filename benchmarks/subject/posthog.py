"""PostHog's client."""

from __future__ import annotations

from typing import Any

from case import Case
from posthog import Posthog


class Subject:
    """A client."""

    def __init__(self, url: str, bounds: bool = True) -> None:  # noqa: FBT001, FBT002
        size: dict[str, Any] = {} if bounds else {"max_queue_size": 10_000_000}
        self._client = Posthog("phc_fake", host=url, **size)

    def record(self, case: Case, mark: str) -> None:
        """Record a call as an event of its product for language models."""
        usage = case.response["usage"]
        self._client.capture("$ai_generation", distinct_id=mark, properties={
            "$ai_provider": "openai", "$ai_model": "gpt-4o-mini", "$ai_trace_id": mark,
            "$ai_input": case.messages, "$ai_output_choices": case.response["choices"],
            "$ai_input_tokens": usage["prompt_tokens"],
            "$ai_output_tokens": usage["completion_tokens"], "$ai_latency": 0.1,
        })  # fmt: skip

    def flush(self) -> None:
        """Wait until everything is sent."""
        self._client.flush()

    def close(self) -> None:
        """End the client."""
        self._client.shutdown()
