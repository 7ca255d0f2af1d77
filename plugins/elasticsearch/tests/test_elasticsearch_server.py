"""Against servers of the Elasticsearch and the OpenSearch API."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from servers import api
from servers.process import Server

from llmlog import Logger, Payload
from llmlog.delivery.stats import LaneStats
from llmlog.testing import SAMPLES, sample
from llmlog_elasticsearch.document import document

pytestmark = pytest.mark.server


def complete(name: str) -> Payload:
    """Return a sample that a Logger has nothing to add to."""
    return evolve(sample(name), host_name="web-1", sdk_version="0.1.0")


def log(server: Server, index: str, *batch: Payload) -> LaneStats:
    values = {"url": server.url, "index": index, "batch_age_s": 5.0}
    with Logger(plugins=["elasticsearch"], environ={}, file=False,
                plugin={"elasticsearch": values}) as logger:  # fmt: skip
        for payload in batch:
            logger.log(payload)
        assert logger.flush(20).complete, logger.stats()
        return logger.stats()[-1]


def found(server: Server, index: str, query: dict[str, Any]) -> dict[str, Any]:
    api.post(server, f"/{index}/_refresh")
    hits = api.post(server, f"/{index}/_search", {"size": 50, "query": query})["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}


def test_every_sample_is_a_document_and_can_be_found(search_server: Server) -> None:
    stats = log(search_server, "calls", *(complete(name) for name in SAMPLES))
    assert (stats.delivered, stats.lost) == (len(SAMPLES), 0)
    everything = found(search_server, "calls", {"match_all": {}})
    assert everything == {sample(name).id: document(complete(name)) for name in SAMPLES}
    failures = found(search_server, "calls", {"match": {"event.outcome": "failure"}})
    assert set(failures) == {sample(name).id for name in ("failure", "aborted", "blocked")}


def test_what_comes_again_is_one_document(search_server: Server) -> None:
    for _ in range(2):
        stats = log(search_server, "again", sample("chat"), sample("bare"))
        assert (stats.delivered, stats.lost) == (2, 0)
    assert len(found(search_server, "again", {"match_all": {}})) == 2


def test_a_document_that_does_not_fit_costs_no_other(search_server: Server) -> None:
    """An index whose types are others takes what it can; the rest is told by its reason."""
    mapping = {"mappings": {"properties": {"user": {"properties": {"id": {"type": "long"}}}}}}
    api.ask(search_server, "PUT", "/strict", json=mapping)
    others = [evolve(sample("failure"), user_id=None), sample("bare")]
    stats = log(search_server, "strict", sample("chat"), *others)
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 1, True)
    assert "400" in (stats.last_error or "")
    there = found(search_server, "strict", {"match_all": {}})
    assert set(there) == {payload.id for payload in others}
