"""Send the cost of LLM calls to CloudZero, as an AnyCost stream.

https://docs.cloudzero.com/docs/anycost-stream-getting-started
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from attrs import frozen

from llmlog import (
    Delivered,
    HTTPExporter,
    Limits,
    Outcome,
    Payload,
    Reply,
    Request,
    Retryable,
    Secret,
    env,
)
from llmlog_cloudzero.row import month, row

__all__ = ["Settings", "encode", "exporter", "read_reply", "row"]


@frozen(kw_only=True)
class Settings:
    """One AnyCost Stream connection."""

    api_key: Secret = env("CLOUDZERO_API_KEY", help="with the right to write billing data")
    connection_id: str = env("CLOUDZERO_CONNECTION_ID", help="of the AnyCost Stream connection")
    url: str = env("CLOUDZERO_API_URL", default="https://api.cloudzero.com", help="of the API")
    operation: Literal["sum", "replace_hourly", "replace_drop"] = env(
        default="sum", help="what a drop does to those before; sum adds, the others replace"
    )
    account: str | None = env(default=None, help="resource/account; unset: the team of the record")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make a drop of the calls of one month, that of the first; a drop has no other."""
    own = [payload for payload in batch if month(payload) == month(batch[0])]
    connection = quote(settings.connection_id, safe="")
    path = f"v2/connections/billing/anycost/{connection}/billing_drops"
    body = {"month": month(batch[0]), "operation": settings.operation,
            "data": [row(payload, settings.account) for payload in own]}  # fmt: skip
    headers = {"authorization": f"Bearer {settings.api_key.reveal()}"}
    return Request.json(f"{settings.url.rstrip('/')}/{path}", body, headers)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Send calls of other months again, as drops of their own."""
    del reply
    if all(month(payload) == month(batch[0]) for payload in batch):
        return None
    return [Delivered() if month(payload) == month(batch[0]) else Retryable("another month")
            for payload in batch]  # fmt: skip


exporter = HTTPExporter(
    name="cloudzero",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    limits=Limits(events=5_000, bytes=5_000_000, age_s=60.0, timeout_s=30.0, gzip=False),
)
