"""Send LLM calls to PromptLayer: a span per call, with a request log where a model was asked.

https://docs.promptlayer.com/reference/spans-bulk
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import (
    Delivered,
    HTTPExporter,
    Limits,
    Outcome,
    Payload,
    Rejected,
    Reply,
    Request,
    Secret,
    env,
)
from llmlog_promptlayer.span import span

__all__ = ["Settings", "encode", "exporter", "read_reply"]


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("PROMPTLAYER_API_KEY", help="of the workspace")
    url: str = env(
        "PROMPTLAYER_BASE_URL", default="https://api.promptlayer.com", help="or own server"
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one span of each payload."""
    return Request.json(
        f"{settings.url.rstrip('/')}/spans-bulk",
        {"spans": [span(payload) for payload in batch]},
        {"x-api-key": settings.api_key.reveal()},
    )


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Read which spans PromptLayer dropped, because their trace is closed."""
    body = reply.json()
    refused = body.get("rejected_span_ids") if isinstance(body, dict) else None
    if not isinstance(refused, list):
        return None
    reason = f"span rejected: {body.get('rejection_reason')}"
    return [Rejected(reason) if payload.span_id in refused else Delivered() for payload in batch]


exporter = HTTPExporter(
    name="promptlayer",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    limits=Limits(events=100, bytes=5_000_000, gzip=False),
)
"""PromptLayer publishes no limits."""
