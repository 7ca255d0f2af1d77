"""Lines, datagrams and settings; Datadog's own client is the witness of the form."""

from __future__ import annotations

import os
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket
from typing import Any

import pytest
from attrs import evolve
from datadog.dogstatsd import DogStatsd
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload, SettingsError
from llmlog.measure import measures
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog.testing.strategies import payloads
from llmlog_statsd import UDP_BYTES, Metrics, Settings, datagrams, exporter
from llmlog_statsd.metric import lines

GOLDEN = Path(__file__).parent / "golden" / "lines.json"
PLAIN = Settings(flavor="statsd", tags=("provider", "model", "status"))


def texts(settings: Settings, payload: Payload) -> list[str]:
    return [line.decode() for line in lines(settings, payload)]


def test_lines_are_the_golden_ones() -> None:
    check_golden(GOLDEN, {
        flavor: {name: texts(settings, sample(name)) for name in SAMPLES}
        for flavor, settings in (("dogstatsd", Settings()), ("statsd", PLAIN))
    })  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_line_is_the_one_that_datadogs_client_sends(listener: Any, name: str) -> None:
    host, port = listener.socket.getsockname()
    client = DogStatsd(host, port, disable_telemetry=True, disable_buffering=True,
                       origin_detection_enabled=False)  # fmt: skip
    sends = {"sum": client.increment, "duration": client.timing, "size": client.histogram}
    ours = texts(Settings(), sample(name))
    for measure, line in zip(measures(sample(name)), ours, strict=True):
        tags = line.partition("|#")[2].split(",")
        value = measure.value * (1_000 if measure.kind == "duration" else 1)
        sends[measure.kind](f"llmlog.{measure.name}", value, tags=tags)
    theirs = [each.decode().strip() for each in listener.datagrams()]
    assert [_numbers(line) for line in theirs] == [_numbers(line) for line in ours]


def _numbers(line: str) -> tuple[str, float, str]:
    name, _, rest = line.partition(":")
    value, _, end = rest.partition("|")
    return name, float(value), end


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
@pytest.mark.parametrize("settings", [Settings(), PLAIN], ids=["dogstatsd", "statsd"])
def test_no_value_breaks_the_form(settings: Settings, payload: Payload) -> None:
    for line in texts(settings, payload):
        name, value, kind = line.partition("|#")[0].replace("|", ":").split(":")
        assert name.replace(".", "").replace("_", "").replace("-", "").isalnum()
        assert float(value) >= 0
        assert "e" not in value
        assert kind in ("c", "ms", "h")


def test_datagrams_fit_a_packet_and_lose_no_line() -> None:
    made = [line for name in SAMPLES for line in lines(Settings(), sample(name))]
    packed = list(datagrams(iter(made), UDP_BYTES))
    assert max(map(len, packed)) <= UDP_BYTES < sum(map(len, made))
    assert [line for each in packed for line in each.split(b"\n")] == made


def test_a_sampled_call_counts_for_those_it_stands_for() -> None:
    weighed = texts(Settings(tags=()), evolve(sample(), sample_weight=4.0))
    assert "llmlog.calls:4|c" in weighed
    assert "llmlog.call.duration:1250|ms" in weighed


def test_a_call_of_unknown_cost_and_usage_counts_as_a_call_alone() -> None:
    assert texts(Settings(tags=()), sample("bare")) == [
        "llmlog.calls:1|c", "llmlog.call.duration:0|ms",
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="no Unix sockets")
def test_an_agents_socket_takes_the_same(tmp_path: Path) -> None:
    with socket(AF_UNIX, SOCK_DGRAM) as agent:
        agent.bind(str(tmp_path / "dsd.socket"))
        metrics = Metrics(Settings(url=f"unix://{tmp_path}/dsd.socket"))
        metrics.log_success(sample())
        assert agent.recv(65_536).split(b"\n") == list(lines(Settings(), sample()))
        metrics.close()


def test_nobody_listening_is_no_failure() -> None:
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        metrics = Metrics(Settings(port=unused.getsockname()[1]))
        for _ in range(5):
            metrics.log_success(sample())
        metrics.close()


@pytest.mark.parametrize(
    ("values", "remedy"), [({"tags": ["modle"]}, "model"), ({"url": "tcp://x"}, "udp://")]
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    from llmlog import Logger

    with pytest.raises(SettingsError, match=remedy):
        Logger(plugins=[exporter.name], environ={}, file=False, plugin={"statsd": values})
