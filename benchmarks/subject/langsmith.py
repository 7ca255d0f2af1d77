"""LangSmith's client."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from uuid import uuid4

from case import Case
from langsmith import Client


class Subject:
    """A client."""

    def __init__(self, url: str, bounds: bool = True, compression: bool = True) -> None:  # noqa: FBT001, FBT002, ARG002
        os.environ["LANGSMITH_DISABLE_RUN_COMPRESSION"] = str(not compression).lower()
        self._client = Client(api_url=url, api_key="lsv2_fake")

    def record(self, case: Case, mark: str) -> None:
        """Record a call as a run that has ended."""
        now, number = datetime.now(timezone.utc), uuid4()
        self._client.create_run(
            "chat", {"messages": case.messages}, "llm", id=number, trace_id=number,
            dotted_order=f"{now:%Y%m%dT%H%M%S%f}Z{number}", start_time=now, end_time=now,
            outputs=case.response, extra={"metadata": {"user": mark}}, project_name="benchmark",
        )  # fmt: skip

    def flush(self) -> None:
        """Wait until everything is sent."""
        self._client.flush()

    def close(self) -> None:
        """End the client."""
        self._client.cleanup()
