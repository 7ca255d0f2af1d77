"""Publish LLM calls to an MQTT broker, one message for each.

https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from attrs import frozen

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
from llmlog_mqtt.client import TOO_LARGE, Client

__all__ = ["Client", "Settings", "connect", "exporter", "message", "send"]

# Reason codes of a PUBACK, section 3.4.2.1 of the standard.
_NOBODY = 0x10
_REFUSING = frozenset({0x87, 0x90})  # not authorized, topic name invalid
_REJECTING = frozenset({0x99, TOO_LARGE})  # payload format invalid


@frozen(kw_only=True)
class Settings:
    """Which topic of which broker, and as whom."""

    url: Secret = env(
        "LLMLOG_MQTT_URL", help="mqtt:// or mqtts://, with user and password: mqtts://a:b@host:8883"
    )
    topic: str = env(default="llmlog/calls", help="the topic")
    nobody: bool = env(default=False, help="deliver even where nobody subscribes to the topic")
    timeout_s: float = env(default=10.0, help="seconds to wait for the broker")


def connect(settings: Settings) -> Client:
    """Open a connection of MQTT 5."""
    url = urlsplit(settings.url.reveal())
    tls = url.scheme == "mqtts"
    return Client(
        url.hostname or "localhost",
        url.port or (8883 if tls else 1883),
        settings.timeout_s,
        tls=tls,
        credentials=(unquote(url.username), unquote(url.password or "")) if url.username else None,
    )


def message(payload: Payload) -> tuple[bytes, dict[str, str]]:
    """Return body and user properties of a call's message."""
    return to_json(payload), {
        "llmlog-id": payload.id,
        "llmlog-trace-id": payload.trace_id,
        "llmlog-schema-version": payload.schema_version,
    }


def send(
    client: Client, settings: Settings, batch: Sequence[Payload]
) -> Sequence[Outcome] | Refused:
    """Publish a batch with QoS 1 and wait for the acknowledgements."""
    codes = client.publish(settings.topic, [message(payload) for payload in batch])
    refusing = _REFUSING if settings.nobody else _REFUSING | {_NOBODY}
    for code in codes:
        if code in refusing:
            why = "nobody subscribes" if code == _NOBODY else f"reason code 0x{code:02x}"
            return Refused(f"topic {settings.topic}: {why}")
    return [_outcome(code) for code in codes]


def _outcome(code: int | None) -> Outcome:
    if code is None:
        return Retryable("no acknowledgement in time")
    if code in _REJECTING:
        return Rejected(f"reason code 0x{code:02x}")
    return Delivered() if code < 0x80 else Retryable(f"reason code 0x{code:02x}")  # noqa: PLR2004


exporter = ClientExporter(
    name="mqtt",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    limits=Limits(events=100, bytes=8_000_000, age_s=0.2),
)
