"""How the metrics are shown: formats, ports, apps, exemplars."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import llmlog
from llmlog import Logger, SettingsError
from llmlog.settings import options
from llmlog.testing.samples import SAMPLES, sample
from llmlog_prometheus import Scrape, Settings, make_asgi_app, make_wsgi_app
from llmlog_prometheus.label import LABELS
from llmlog_prometheus.metric import METRICS

Make = Callable[..., Logger]
Parse = Callable[[str], dict[str, float]]
OPENMETRICS = {"accept": "application/openmetrics-text; version=1.0.0"}
CALLS = 'llmlog_calls_total{environment="production",kind="chat",model="gpt-4o-mini",provider="openai",service="shop",status="success"}'


def filled(make_logger: Make, **settings: Any) -> Logger:
    logger = make_logger(**settings)
    for name in SAMPLES:
        logger.log(sample(name))
    assert logger.flush(10).complete
    return logger


def client(app: Any) -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://app")


def read(port: int, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as page:
        return str(page.read().decode())


def test_a_port_is_enough_to_be_scraped(make_logger: Make, free_port: int, numbers: Parse) -> None:
    filled(make_logger, port=free_port)
    assert numbers(read(free_port))[CALLS] == 5


def test_the_port_activates_the_plugin(free_port: int, numbers: Parse) -> None:
    environ = {"LLMLOG_PROMETHEUS_PORT": str(free_port)}
    with Logger(environ=environ, file=False) as logger:
        assert [route.name for route in logger.routes] == ["prometheus"]
        logger.log(sample())
        assert logger.flush(10).complete
        assert numbers(read(free_port))[CALLS] == 1


def test_the_port_is_free_again_after_close(make_logger: Make, free_port: int) -> None:
    filled(make_logger, port=free_port).close()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", free_port))


def test_without_a_port_none_is_opened(make_logger: Make) -> None:
    (route,) = make_logger().routes
    assert "at no port" in route.plugin.check()


def test_the_doctor_scrapes(make_logger: Make, free_port: int) -> None:
    (route,) = filled(make_logger, port=free_port).routes
    shown = len([line for line in read(free_port).splitlines() if not line.startswith("#")])
    assert route.plugin.check() == f"{shown} samples at port {free_port}"


@pytest.mark.parametrize("port", [-1, 70_000, "eighty"])
def test_an_impossible_port_is_refused(make_logger: Make, port: object) -> None:
    with pytest.raises(SettingsError, match="port"):
        make_logger(port=port)


def test_a_wsgi_app_shows_the_same(make_logger: Make, numbers: Parse) -> None:
    app = make_wsgi_app()
    filled(make_logger)
    assert numbers(client(app).get("/metrics").text)[CALLS] == 5


def test_an_asgi_app_shows_the_same(make_logger: Make, numbers: Parse) -> None:
    filled(make_logger)

    async def fetch() -> httpx.Response:
        transport = httpx.ASGITransport(app=make_asgi_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as asgi:
            return await asgi.get("/metrics", headers=OPENMETRICS)

    answer = asyncio.run(fetch())
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    list(text_string_to_metric_families(answer.text))


def test_an_app_is_empty_before_a_logger_is_there() -> None:
    assert client(make_wsgi_app()).get("/metrics").text == ""


def test_an_application_shows_it_beside_its_own_metrics(make_logger: Make, numbers: Parse) -> None:
    registry = CollectorRegistry()
    registry.register(Scrape())
    Counter("mine", "Mine.", registry=registry).inc()
    filled(make_logger)
    shown = numbers(generate_latest(registry).decode())
    assert (shown["mine_total{}"], shown[CALLS]) == (1, 5)


def test_every_metric_is_shown_with_help_and_type(make_logger: Make) -> None:
    filled(make_logger)
    text = client(make_wsgi_app()).get("/").text
    for metric in METRICS:
        assert f"# HELP {metric.name} {metric.help}" in text
        assert f"# TYPE {metric.name} {'histogram' if metric.buckets else 'counter'}" in text
        assert f"\n{metric.name}" in text


def test_every_metric_label_and_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    own = [label for metric in METRICS for label in metric.labels]
    settings = [option.name for option in options(Settings)]
    for name in (*(metric.name for metric in METRICS), *own, *LABELS, *settings):
        assert f"`{name}`" in readme or f",{name}," in readme, name


class TestExemplars:
    def exemplars(self) -> list[dict[str, str]]:
        text = client(make_wsgi_app()).get("/", headers=OPENMETRICS).text
        return [each.exemplar.labels for family in text_string_to_metric_families(text)
                for each in family.samples if each.exemplar]  # fmt: skip

    def test_they_lead_to_the_trace(self, make_logger: Make) -> None:
        filled(make_logger)
        found = self.exemplars()
        assert {"trace_id": sample().trace_id, "span_id": sample("stream").span_id} in found

    def test_they_are_not_in_the_plain_format(self, make_logger: Make) -> None:
        filled(make_logger)
        assert sample().trace_id not in client(make_wsgi_app()).get("/").text

    @pytest.mark.parametrize("trace_id", ["x" * 200, "a\nb", "", "\ud800"])
    def test_an_id_that_does_not_fit_is_left_out(self, make_logger: Make, trace_id: str) -> None:
        logger = make_logger()
        logger.log(evolve(sample(), trace_id=trace_id))
        assert logger.flush(10).complete
        assert self.exemplars() == []
        assert logger.stats()[1].delivered == 1


class TestDelivery:
    def test_the_account_of_every_exporter_is_shown(self, numbers: Parse) -> None:
        class Picky:
            name = "picky"

            @llmlog.hookimpl
            def log_failure(self, payload: llmlog.Payload) -> None:
                raise ValueError("no")

        with Logger(plugins=["prometheus", Picky()], environ={}, file=False) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(10).complete
            shown = numbers(client(make_wsgi_app()).get("/").text)
            for stats in logger.stats():
                states = {"accepted": stats.accepted, "delivered": stats.delivered,
                          "dead_lettered": stats.dead_lettered}  # fmt: skip
                for state, expected in states.items():
                    name = f'llmlog_delivery_events_total{{exporter="{stats.exporter}",state="{state}"}}'
                    assert shown[name] == expected
            dropped = (
                'llmlog_delivery_events_total{exporter="picky",reason="rejected",state="dropped"}'
            )
            assert shown[dropped] == 3

    def test_no_counter_goes_back_when_a_logger_ends(
        self, make_logger: Make, numbers: Parse
    ) -> None:
        ending = filled(make_logger)
        filled(make_logger)
        name = 'llmlog_delivery_events_total{exporter="prometheus",state="accepted"}'
        before = numbers(client(make_wsgi_app()).get("/").text)[name]
        ending.close()
        assert numbers(client(make_wsgi_app()).get("/").text)[name] == before == 2 * len(SAMPLES)
