"""Send LLM calls to Datadog: one log per call, correlated with traces.

https://docs.datadoghq.com/api/latest/logs/#send-logs
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import HTTPExporter, Limits, Payload, Request
from llmlog_datadog.log import LOG_BYTES, log
from llmlog_datadog.settings import Settings

__all__ = ["Settings", "encode", "exporter"]


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one log of each payload."""
    content = b"[" + b",".join(log(settings, payload) for payload in batch) + b"]"
    headers = {"content-type": "application/json", "dd-api-key": settings.api_key.reveal()}
    return Request(f"{settings.intake}/api/v2/logs", content, headers)


exporter = HTTPExporter(
    name="datadog", settings=Settings, encode=encode,
    limits=Limits(events=1000, bytes=5_000_000, event_bytes=LOG_BYTES + len("[]")),
)  # fmt: skip
