"""Publish LLM calls to a Google Cloud Pub/Sub topic, one message for each.

https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Reply, Request, Retryable, env
from llmlog.google import authorized
from llmlog.message import JSON
from llmlog.schema import to_json

__all__ = ["Settings", "encode", "exporter", "message", "read_reply", "sign"]

_SCOPE = "https://www.googleapis.com/auth/pubsub"


@frozen(kw_only=True)
class Settings:
    """Which topic, and as whom."""

    topic: str = env("LLMLOG_PUBSUB_TOPIC", help="name of the topic")
    project: str = env("GOOGLE_CLOUD_PROJECT", help="the project of the topic")
    ordered: bool = env(default=False, help="keep the order within a trace")
    credentials_file: str | None = env(
        default=None, help="key of a service account, in place of Google's own search"
    )
    endpoint: str = env(
        default="https://pubsub.googleapis.com", help="a regional one, or an emulator's"
    )
    emulator_host: str | None = env(
        "PUBSUB_EMULATOR_HOST", default=None, help="host:port of an emulator"
    )

    @property
    def base(self) -> str:
        """Return where the API is."""
        return f"http://{self.emulator_host}" if self.emulator_host else self.endpoint.rstrip("/")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Publish a batch in one request."""
    url = f"{settings.base}/v1/projects/{settings.project}/topics/{settings.topic}:publish"
    messages = [message(payload, ordered=settings.ordered) for payload in batch]
    return Request.json(url, {"messages": messages})


def message(payload: Payload, *, ordered: bool = False) -> dict[str, JSON]:
    """Return the message of a call."""
    made: dict[str, JSON] = {
        "data": b64encode(to_json(payload)).decode(),
        "attributes": {
            "llmlog-id": payload.id,
            "llmlog-trace-id": payload.trace_id,
            "llmlog-schema-version": payload.schema_version,
        },
    }
    return {**made, "orderingKey": payload.trace_id} if ordered else made


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add a token, unless the endpoint is an emulator."""
    del now_unix_s
    if settings.credentials_file is None and settings.base.startswith("http://"):
        return request
    return authorized(request, settings.credentials_file, _SCOPE)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Retryable | None:
    """Count the ids of the messages that are there: a publish is taken whole or not at all."""
    answer = reply.json()
    ids = answer.get("messageIds") if isinstance(answer, dict) else None
    if isinstance(ids, list) and len(ids) != len(batch):
        return Retryable(f"{len(ids)} message ids for {len(batch)} messages")
    return None


exporter = HTTPExporter(
    name="pubsub",
    settings=Settings,
    encode=encode,
    sign=sign,
    read_reply=read_reply,
    limits=Limits(events=1000, bytes=10_000_000, age_s=0.5, timeout_s=60.0),
)
