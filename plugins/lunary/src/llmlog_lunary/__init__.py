"""Send LLM calls to Lunary, cloud or self-hosted: a start and an end event per run.

https://docs.lunary.ai and the ingestion route of github.com/lunary-ai/lunary.
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
from llmlog_lunary.run import events

__all__ = ["Settings", "encode", "exporter", "read_reply"]


@frozen(kw_only=True)
class Settings:
    """One Lunary project."""

    key: Secret = env(
        "LUNARY_PUBLIC_KEY",
        "LUNARY_PRIVATE_KEY",
        "LUNARY_APP_ID",
        help="of the project, public or private",
    )
    url: str = env("LUNARY_API_URL", default="https://api.lunary.ai", help="or own server")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make two events of each payload: its start and its end."""
    return Request.json(
        f"{settings.url.rstrip('/')}/v1/runs/ingest",
        {"events": [event for payload in batch for event in events(payload)]},
        {"authorization": f"Bearer {settings.key.reveal()}"},
    )


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    """Read what a 200 says of each event; a run that is there already came before."""
    body = reply.json()
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        return None
    refused = {
        item.get("id"): str(item.get("error"))
        for item in results
        if isinstance(item, dict) and item.get("success") is False
        and "already exists" not in str(item.get("error"))
    }  # fmt: skip
    return [Rejected(refused[payload.id]) if payload.id in refused else Delivered()
            for payload in batch]  # fmt: skip


exporter = HTTPExporter(
    name="lunary",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    limits=Limits(events=100, bytes=5_000_000, age_s=3.0, gzip=False),
)
"""Lunary publishes no limits. The age lets a run and those within it travel together."""
