"""Publish LLM calls to a NATS JetStream stream, one message for each.

https://docs.nats.io/nats-concepts/jetstream and https://nats-io.github.io/nats.py/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from nats import errors as nats_errors
from nats.js import errors as stream_errors

from llmlog import (
    ClientExporter,
    Delivered,
    Limits,
    Outcome,
    Payload,
    Refused,
    Rejected,
    Retryable,
    Secret,
    env,
)
from llmlog.schema import to_json
from llmlog_nats.client import Client

__all__ = ["Client", "Settings", "connect", "exporter", "message", "send"]

_MESSAGE_TOO_LARGE = 10054  # JSStreamMessageExceedsMaximumErr in the server's errors.json


@frozen(kw_only=True)
class Settings:
    """Which subject of which server, and as whom."""

    url: Secret = env("LLMLOG_NATS_URL", help="nats:// or tls://, with commas; user and password")
    subject: str = env(default="llmlog.calls", help="the subject that a stream listens to")
    create: str | None = env(default=None, help="name of a stream to make for the subject")
    token: Secret | None = env(default=None, help="in place of user and password")
    credentials_file: str | None = env(default=None, help="a .creds file")
    timeout_s: float = env(default=10.0, help="seconds to wait for the server")


def connect(settings: Settings) -> Client:
    """Open a connection, and make the stream if that is asked for."""
    client = Client(
        settings.url.reveal().split(","),
        settings.timeout_s,
        token=settings.token.reveal() if settings.token else None,
        user_credentials=settings.credentials_file,
    )
    if settings.create:
        client.make_stream(settings.create, settings.subject)
    return client


def message(payload: Payload) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a call's message."""
    return to_json(payload), {
        "Nats-Msg-Id": payload.id,
        "llmlog-id": payload.id,
        "llmlog-trace-id": payload.trace_id,
        "llmlog-schema-version": payload.schema_version,
        "content-type": "application/json",
    }


def send(
    client: Client, settings: Settings, batch: Sequence[Payload]
) -> Sequence[Outcome] | Refused:
    """Publish a batch and wait for the stream's acknowledgement of each message."""
    answers = client.publish(settings.subject, [message(payload) for payload in batch])
    for answer in answers:
        if isinstance(answer, stream_errors.NoStreamResponseError):
            return Refused(f"no stream listens to {settings.subject}: make one, or set create")
        if isinstance(answer, (nats_errors.ConnectionClosedError, OSError)):
            raise answer
    return [_outcome(answer) for answer in answers]


def _outcome(answer: Any) -> Outcome:
    if not isinstance(answer, BaseException):
        return Delivered("was there already" if answer.duplicate else "")
    reason = f"{type(answer).__name__}: {answer}"
    too_large = getattr(answer, "err_code", None) == _MESSAGE_TOO_LARGE
    if too_large or isinstance(answer, nats_errors.MaxPayloadError):
        return Rejected(reason)
    return Retryable(reason)


exporter = ClientExporter(
    name="nats",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(nats_errors.Error, stream_errors.Error, OSError),
    limits=Limits(events=200, bytes=8_000_000, age_s=0.2),
)
