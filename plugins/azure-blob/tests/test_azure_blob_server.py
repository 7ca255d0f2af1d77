"""Against Microsoft's emulator, which checks keys and signatures."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from servers.service import logged, read_back
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def logger(**options: Any) -> Logger:
    values = {"container": "calls", "batch_age_s": 60.0, **options}
    return Logger(plugins=["azure-blob"], environ={}, file=False, plugin={"azure-blob": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(60).complete, made.stats()


def stored(service: Any) -> list[tuple[str, bytes]]:
    container = service.get_container_client("calls")
    return [
        (each.name, container.download_blob(each.name).readall()) for each in container.list_blobs()
    ]


def test_every_sample_is_in_the_container(account: str, service: Any) -> None:
    service.create_container("calls")
    log(logger(connection_string=account), *SAMPLES)
    ((name, content),) = stored(service)
    assert name.startswith("llmlog/dt=2026-11-01/hour=12/20261101T120000.000Z-")
    lines = gzip.decompress(content).splitlines()
    assert [read_back(line) for line in lines] == [logged(each) for each in SAMPLES]


def test_the_same_batch_twice_is_one_blob(account: str, service: Any) -> None:
    service.create_container("calls")
    for _ in range(2):
        log(logger(connection_string=account, gzip=False), *SAMPLES)
    ((_, content),) = stored(service)
    assert len(content.splitlines()) == len(SAMPLES)


def test_a_container_that_comes_later_gets_the_events(account: str, service: Any) -> None:
    made = logger(connection_string=account)
    made.log(sample())
    made.flush(0.1)
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=60)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "ContainerNotFound" in (stats.last_error or "")
    service.create_container("calls")
    made.close(30)
    assert len(stored(service)) == 1


def test_a_wrong_key_keeps_the_events(account: str, service: Any) -> None:
    made = logger(connection_string=account.replace("AccountKey=Z", "AccountKey=Y"))
    made.log(sample())
    made.flush(0.1)
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=60)
    made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "AuthorizationFailure" in (stats.last_error or "")
