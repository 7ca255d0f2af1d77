"""Keep LLM calls in files: JSON lines with rotation, or Parquet.

https://jsonlines.org and https://parquet.apache.org
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llmlog import ClientExporter, Limits, Payload
from llmlog_file.lines import append
from llmlog_file.settings import Settings

__all__ = ["Settings", "connect", "exporter", "send"]

Write = Callable[[Settings, Sequence[Payload]], None]


def connect(settings: Settings) -> Write:
    """Return what writes a batch; files are opened for each batch anew."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    if settings.format == "parquet":
        from llmlog_file.parquet import write

        return write
    return append


def send(client: Write, settings: Settings, batch: Sequence[Payload]) -> None:
    """Write a batch."""
    client(settings, batch)


exporter = ClientExporter(
    name="file",
    settings=Settings,
    connect=connect,
    send=send,
    limits=lambda settings: (
        Limits(events=10_000, bytes=64_000_000, age_s=60.0)
        if settings.format == "parquet"
        else Limits(events=500, bytes=16_000_000, age_s=0.2)
    ),
)
