"""A process that logs for many tenants until it is killed: `python tenant_worker.py FOLDER SEED`."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

import llmlog
from llmlog import ClientExporter, Logger, Payload, Secret, env

TENANTS = 1_000


@frozen(kw_only=True)
class Settings:
    """A file that stands for a backend with an account per token."""

    path: Path = env(help="where to write")
    token: Secret = env(help="whose account")


def connect(settings: Settings) -> int:
    """Open the file."""
    return os.open(settings.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)


def send(client: int, settings: Settings, batch: Sequence[Payload]) -> None:
    """Write a line for each record: whose account it came to, and whose it is."""
    lines = (json.dumps([settings.token.reveal(), payload.metadata["tenant"], payload.name])
             for payload in batch)  # fmt: skip
    os.write(client, "".join(f"{line}\n" for line in lines).encode())


exporter = ClientExporter(
    name="bank", settings=Settings, connect=connect, send=send, close=os.close,
    retryable=(OSError,), limits=llmlog.Limits(events=20, age_s=0.02),
)  # fmt: skip


def token_of(tenant: str) -> str:
    """Return a tenant's fake credential."""
    return f"fake-token-of-{tenant}"


def settings_in(folder: Path) -> Mapping[str, Any]:
    """Return settings with a thousand tenants."""
    path = str(folder / "backend.jsonl")
    tenants = {name: {"path": path, "token": token_of(name)}
               for name in (f"t{number}" for number in range(TENANTS))}  # fmt: skip
    own = {"path": path, "token": token_of("nobody"), "tenant_lanes": 8, "tenants": tenants}
    return {"bank": own}


def logger_in(folder: Path, **settings: Any) -> Logger:
    """Return a Logger whose plugin has a thousand tenants."""
    return Logger(
        plugins=[exporter], environ={}, file=False, plugin=settings_in(folder), **settings
    )


def log_one(logger: Logger, tenant: str, name: str) -> None:
    """Log a call of a tenant's."""
    with logger.call(credentials=tenant, name=name, metadata={"tenant": tenant}):
        pass


def main() -> None:
    """Log at random, saying each name once its call has ended."""
    folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    logger = logger_in(folder, mode="strict", directory=folder / "spool")
    number = 0
    while True:
        number += 1
        tenant = f"t{chance.randrange(TENANTS)}"
        log_one(logger, tenant, f"{sys.argv[2]}-{number}")
        sys.stdout.write(f"{tenant} {sys.argv[2]}-{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
