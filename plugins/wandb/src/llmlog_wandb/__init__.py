"""Log LLM calls to a run of Weights & Biases: metrics per call, and a table of records.

https://docs.wandb.ai/models/track/log
"""

from __future__ import annotations

from collections.abc import Sequence

from llmlog import ClientExporter, Limits, Payload
from llmlog.delivery.outcome import Refused
from llmlog_wandb.journal import Journal, RefusedError
from llmlog_wandb.record import COLUMNS, metrics, row
from llmlog_wandb.settings import Settings

__all__ = ["COLUMNS", "Journal", "Settings", "connect", "exporter", "metrics", "row", "send"]


def connect(settings: Settings) -> Journal:
    """Return a journal; its run begins with its first batch."""
    return Journal(settings)


def send(journal: Journal, settings: Settings, batch: Sequence[Payload]) -> Refused | None:  # noqa: ARG001
    """Hand a batch to W&B's service process, which uploads it."""
    try:
        journal.log(batch)
    except RefusedError as problem:
        return Refused(str(problem))
    return None


exporter = ClientExporter(
    name="wandb",
    settings=Settings,
    connect=connect,
    send=send,
    close=Journal.close,
    retryable=(OSError,),
    limits=Limits(events=500, age_s=15.0),
)
