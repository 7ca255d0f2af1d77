"""Write the cost of LLM calls as files of FOCUS, the FinOps Open Cost and Usage Specification.

https://focus.finops.org/focus-specification/
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from attrs import frozen

from llmlog import ClientExporter, Limits, Payload, env
from llmlog.layout import batch_id
from llmlog_focus.charge import columns, period, row

__all__ = ["Settings", "connect", "exporter", "send"]


@frozen(kw_only=True)
class Settings:
    """Where files go, and whose bill it is."""

    path: Path = env("LLMLOG_FOCUS_PATH", help="the folder of the files")
    version: Literal["1.2", "1.4"] = env(
        "LLMLOG_FOCUS_VERSION", default="1.4", help="of FOCUS: 1.2 has ProviderName, PublisherName"
    )
    billing_account_id: str = env(default="llm", help="BillingAccountId of every charge")
    billing_account_name: str | None = env(default=None, help="BillingAccountName of every charge")


def connect(settings: Settings) -> Path:
    """Return the folder, made if it is not there."""
    settings.path.mkdir(parents=True, exist_ok=True)
    return settings.path


def send(folder: Path, settings: Settings, batch: Sequence[Payload]) -> None:
    """Write a file for each billing period, under a name made of its calls."""
    found: dict[str, list[Payload]] = {}
    for payload in batch:
        found.setdefault(period(payload)[0][:7], []).append(payload)
    for month, payloads in found.items():
        ids = batch_id(payloads)
        _write(folder / f"billing_period={month}", ids, settings, payloads)


def _write(folder: Path, name: str, settings: Settings, batch: Sequence[Payload]) -> None:
    """Write a file; it has its name when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns(settings.version), lineterminator="\n")
        writer.writeheader()
        for payload in batch:
            made = row(payload, settings.version)
            writer.writerow(made | {
                "BillingAccountId": settings.billing_account_id,
                "BillingAccountName": settings.billing_account_name,
            })  # fmt: skip
    part.replace(folder / f"{name}.csv")


exporter = ClientExporter(
    name="focus",
    settings=Settings,
    connect=connect,
    send=send,
    limits=Limits(events=10_000, bytes=64_000_000, age_s=60.0),
)
