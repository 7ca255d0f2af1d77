"""A sound exporter over HTTP, for faults to break."""

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
from llmlog.schema import to_dict


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("SAMPLE_HTTP_API_KEY", help="the key")
    url: str = env("SAMPLE_HTTP_URL", help="the address")


def headers(settings: Settings) -> dict[str, str]:
    return {"authorization": f"Bearer {settings.api_key.reveal()}"}


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    return Request.json(settings.url, [to_dict(each) for each in batch], headers(settings))


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | None:
    body = reply.json()
    rejected = body.get("rejected") if isinstance(body, dict) else None
    if not isinstance(rejected, list):
        return None
    return [
        Rejected("invalid") if number in rejected else Delivered() for number in range(len(batch))
    ]


exporter = HTTPExporter(
    name="sample-http", settings=Settings, encode=encode, read_reply=read_reply,
    limits=Limits(events=100, bytes=1_000_000),
)  # fmt: skip
