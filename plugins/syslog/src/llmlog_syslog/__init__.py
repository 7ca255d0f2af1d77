"""Send LLM calls to syslog: one message per call.

RFC 5424 (messages), RFC 5426 (UDP), RFC 6587 (TCP), RFC 5425 (TLS)
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import ClientExporter, Delivered, Limits, Outcome, Payload, Rejected
from llmlog_syslog.connection import Connection, connect
from llmlog_syslog.message import message
from llmlog_syslog.settings import Settings

__all__ = ["Connection", "Settings", "connect", "exporter", "send"]


def send(client: Connection, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome]:
    """Write a message for each call; one that is too long without its content is rejected."""
    made = [message(settings, payload) for payload in batch]
    client.write([each for each in made if len(each) <= settings.message_bytes])
    return [
        Delivered() if len(each) <= settings.message_bytes
        else Rejected(f"{len(each)} bytes: too long")
        for each in made
    ]  # fmt: skip


exporter = ClientExporter(
    name="syslog",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    limits=Limits(events=100, bytes=1_000_000),
)
