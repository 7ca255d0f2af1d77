"""Against syslog-ng, which takes messages apart and writes what it understood."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from servers import syslog_ng
from servers.process import HOST
from servers.service import Service
from servers.waiting import eventually

from llmlog import Logger, Payload
from llmlog.schema import from_dict
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def complete(name: str) -> Payload:
    """Return a sample that a Logger has nothing to add to."""
    return evolve(sample(name), host_name="web-1", sdk_version="0.1.0")


@pytest.mark.parametrize("way", ["tcp", "udp"])
def test_the_server_understands_every_message(syslog_server: Service, way: str) -> None:
    values = {"address": f"{way}://{HOST}:{syslog_server.ports[way]}", "app_name": "app"}
    with Logger(plugins=["syslog"], environ={}, file=False, plugin={"syslog": values}) as logger:
        for name in SAMPLES:
            logger.log(complete(name))
        assert logger.flush(20).complete

    found = eventually(
        lambda: syslog_ng.lines(syslog_server), lambda made: len(made) == len(SAMPLES)
    )
    by_id = {json.loads(line["MESSAGE"])["id"]: line for line in found}
    for name in SAMPLES:
        line = by_id[sample(name).id]
        assert from_dict(json.loads(line["MESSAGE"])) == complete(name)
        assert line["_SDATA"]["llmlog@32473"]["trace_id"] == sample(name).trace_id
        assert (line["FACILITY"], line["HOST"]) == ("local0", "web-1")
    assert by_id[sample("failure").id]["LEVEL"] == "err"
