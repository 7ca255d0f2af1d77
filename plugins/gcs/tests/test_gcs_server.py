"""Against a server that stores objects as Google Cloud Storage does, read by Google's client."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from servers import gcs
from servers.process import Server, running
from servers.service import logged, read_back
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample

START = "llmlog/dt=2026-11-01/hour=12/20261101T120000.000Z-"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve objects from memory."""
    with running(gcs.launch(), tmp_path_factory.mktemp("gcs")) as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[storage.Client]:
    """Return Google's client, with no object there."""
    client = storage.Client(
        project="test", credentials=AnonymousCredentials(),
        client_options={"api_endpoint": server.url},
    )  # fmt: skip
    for bucket in client.list_buckets():
        bucket.delete(force=True)
    yield client
    client.close()


def logger(url: str, **options: Any) -> Logger:
    values = {"bucket": "calls", "endpoint": url, "batch_age_s": 60.0, **options}
    return Logger(plugins=["gcs"], environ={}, file=False, plugin={"gcs": values})


def log(made: Logger, *names: str) -> None:
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(30).complete, made.stats()


@pytest.mark.server
def test_every_sample_is_in_the_bucket(server: Server, client: Any) -> None:
    client.create_bucket("calls")
    log(logger(server.url), *SAMPLES)
    (blob,) = client.list_blobs("calls")
    assert blob.name.startswith(START)
    assert (blob.content_type, blob.name[-9:]) == ("application/gzip", ".jsonl.gz")
    lines = gzip.decompress(blob.download_as_bytes()).splitlines()
    assert [read_back(line) for line in lines] == [logged(name) for name in SAMPLES]


@pytest.mark.server
def test_the_same_batch_twice_is_one_object(server: Server, client: Any) -> None:
    client.create_bucket("calls")
    for _ in range(2):
        log(logger(server.url, gzip=False, prefix="/a/b/"), *SAMPLES)
    (blob,) = client.list_blobs("calls")
    assert blob.name.startswith("a/b/dt=2026-11-01/hour=12/")
    assert len(blob.download_as_bytes().splitlines()) == len(SAMPLES)


@pytest.mark.server
def test_a_bucket_that_comes_later_gets_the_events(server: Server, client: Any) -> None:
    made = logger(server.url)
    made.log(sample())
    made.flush(0.1)
    stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "404" in (stats.last_error or "")
    client.create_bucket("calls")
    made.close(20)
    assert len(list(client.list_blobs("calls"))) == 1


def test_an_object_that_is_there_already_is_delivered() -> None:
    with ScriptedEndpoint(default=Answer(status=412, content=b"conditionNotMet")) as endpoint:
        with logger(endpoint.url) as made:
            made.log(sample())
            assert made.flush(30).complete
            assert made.stats()[-1].delivered == 1
        (request,) = endpoint.requests
    assert "ifGenerationMatch=0" in request.path
