"""The contract, and the answers of the three versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, Secret, SettingsError
from llmlog.testing import SAMPLES, Answer, ExporterContract, Received, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog.testing.strategies import payloads
from llmlog_influxdb import Settings, exporter
from llmlog_influxdb.point import point

SETTINGS = Settings(url="http://127.0.0.1:8086")
WRITTEN = Answer(status=204, content=b"")
REJECTED = {
    "error": "partial write of line protocol occurred",
    "data": [{"original_line": "llm_calls ...", "line_number": 2, "error_message": "invalid type"}],
}


class TestContract(ExporterContract):
    """Version 2."""

    exporter = exporter
    settings = {"url": "{url}", "token": "fake-token", "org": "shop"}
    accepted = WRITTEN
    partial = Answer(status=400, content=json.dumps(REJECTED).encode())


def deliver(endpoint: ScriptedEndpoint, *names: str) -> Any:
    with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
        for name in names:
            logger.log(sample(name))
        assert logger.flush(20).complete
        return lane_stats(logger)


def test_a_line_that_version_3_names_is_rejected_alone() -> None:
    answer = Answer(status=400, content=json.dumps(REJECTED).encode())
    with ScriptedEndpoint(answer, default=WRITTEN) as endpoint:
        stats = deliver(endpoint, "chat", "failure", "bare")
    assert (stats.delivered, stats.lost, stats.requests) == (2, 1, 1)
    assert stats.last_error == "invalid type"


def test_a_point_that_versions_1_and_2_refuse_is_found() -> None:
    """They have written the rest; what comes again is the same points."""
    written: set[bytes] = set()

    def judge(request: Received) -> Answer:
        lines = request.content.splitlines()
        written.update(line for line in lines if sample("failure").id.encode() not in line)
        bad = len([line for line in lines if sample("failure").id.encode() in line])
        said = b'{"error":"partial write: field type conflict dropped=1"}'
        return Answer(status=400, content=said) if bad else WRITTEN

    with ScriptedEndpoint(default=judge) as endpoint:
        stats = deliver(endpoint, *SAMPLES)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(SAMPLES) - 1, 1, True)
    assert len(written) == len(SAMPLES) - 1


@pytest.mark.parametrize(("api", "path", "credential"), [
    ("v1", "/write?db=llmlog&precision=ns", "Basic dTpmYWtl"),
    ("v2", "/api/v2/write?org=shop&bucket=llmlog&precision=ns", "Token fake"),
    ("v3", "/api/v3/write_lp?db=llmlog&precision=nanosecond", "Bearer fake"),
])  # fmt: skip
def test_each_version_has_its_address_and_credential(api: Any, path: str, credential: str) -> None:
    own = (
        {"username": "u", "password": Secret("fake")} if api == "v1" else {"token": Secret("fake")}
    )
    settings = evolve(SETTINGS, api=api, org="shop", **own)
    assert settings.address == f"http://127.0.0.1:8086{path}"
    assert settings.headers["authorization"] == credential


def test_calls_of_one_moment_are_points_of_their_own() -> None:
    heads = [point(SETTINGS, sample(name)).rpartition(b" ")[2] for name in SAMPLES]
    assert len(set(heads)) == len(SAMPLES)
    assert {int(head) // 1_000_000 for head in heads} == {1_793_534_400_000}


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_a_point_is_one_line_and_holds_nothing_that_was_said(payload: Payload) -> None:
    line = point(SETTINGS, payload).decode()
    assert len(line.splitlines()) == 1
    silent = evolve(payload, input_messages=(), output_messages=(), input_value=None,
                    output_value=None, parameters={}, metadata={})  # fmt: skip
    assert point(SETTINGS, silent).decode() == line


@pytest.mark.parametrize(
    ("values", "remedy"), [({"tags": ["modle"]}, "model"), ({"username": "u"}, "belong together")]
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy):
        TestContract().logger("http://127.0.0.1:1", **values)
