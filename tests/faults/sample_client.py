"""A sound exporter through a client, for faults to break."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

from llmlog import ClientExporter, Limits, Payload, Secret, env
from llmlog.schema import to_json


@frozen(kw_only=True)
class Settings:
    """Where to write, and as whom."""

    path: Path = env("SAMPLE_CLIENT_PATH", help="the file")
    password: Secret = env("SAMPLE_CLIENT_PASSWORD", help="the password")


def connect(settings: Settings) -> BinaryIO:
    return settings.path.open("ab", buffering=0)


def send(client: BinaryIO, settings: Settings, batch: Sequence[Payload]) -> object:
    del settings
    client.write(b"".join(to_json(payload) + b"\n" for payload in batch))
    return None


exporter = ClientExporter(
    name="sample-client", settings=Settings, connect=connect, send=send,
    close=lambda client: client.close(), limits=Limits(events=100, concurrency=4),
)  # fmt: skip
