"""Send LLM calls to Helicone, cloud or self-hosted: one request of the manual logger per call.

https://docs.helicone.ai/getting-started/integration-method/manual-logger-curl
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog_helicone.entry import entry, route

__all__ = ["Settings", "encode", "exporter"]


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("HELICONE_API_KEY", help="sk-helicone-...; one that may write")
    url: str = env(
        "HELICONE_API_BASE",
        default="https://api.worker.helicone.ai",
        help="region or own server, without a path",
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make the log of the only payload of a batch."""
    (payload,) = batch
    return Request.json(
        f"{settings.url.rstrip('/')}/{route(payload)}/v1/log",
        entry(payload),
        {"authorization": f"Bearer {settings.api_key.reveal()}"},
    )


exporter = HTTPExporter(
    name="helicone",
    settings=Settings,
    encode=encode,
    limits=Limits(events=1, bytes=10 * 1024 * 1024, gzip=False),
)
"""Helicone takes one call per request, and refuses more than 10 MiB (its worker's source)."""
