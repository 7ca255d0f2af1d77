"""Send LLM calls to Athina: one inference per call.

https://docs.athina.ai/api-reference/logging/log-inference
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog_athina.inference import inference

__all__ = ["Settings", "encode", "exporter"]


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("ATHINA_API_KEY", help="of the workspace")
    url: str = env("ATHINA_BASE_URL", default="https://log.athina.ai", help="or own server")
    environment: str | None = env(
        "ATHINA_ENVIRONMENT", default=None, help="wins over the record's own"
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make an inference of the only payload of a batch."""
    (payload,) = batch
    return Request.json(
        f"{settings.url.rstrip('/')}/api/v1/log/inference",
        inference(payload, settings.environment),
        {"athina-api-key": settings.api_key.reveal()},
    )


exporter = HTTPExporter(
    name="athina",
    settings=Settings,
    encode=encode,
    limits=Limits(events=1, bytes=5_000_000, gzip=False),
)
"""Athina takes one inference per request; it publishes no limit of its size."""
