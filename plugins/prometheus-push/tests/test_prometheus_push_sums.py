"""Sums, and what becomes of them when a push fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from prometheus_client.parser import text_string_to_metric_families

from llmlog import Delivered, Logger, Payload, Refused, Retryable, Secret, SettingsError
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, check_golden, sample
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.strategies import payloads
from llmlog_prometheus_push import Settings, connect, exporter, send
from llmlog_prometheus_push.wire import exposition, samples

GOLDEN = Path(__file__).parent / "golden" / "sums.json"
OK = Answer(status=202, content=b"")
BATCH = [sample(name) for name in SAMPLES]


def pushgateway(url: str) -> Settings:
    return Settings(url=url, protocol="pushgateway", instance="web-1/a")


def counted(*batch: Payload, **more: Any) -> dict[str, float]:
    client = connect(Settings(url="http://127.0.0.1:1", **more))
    for payload in batch:
        client.tally.count(payload)
    client.http.close()
    return {_name(each): each.value for each in samples(client.tally.registry)}


def _name(each: Any) -> str:
    labels = ",".join(f"{name}={value}" for name, value in sorted(each.labels.items()) if value)
    return f"{each.name}{{{labels}}}"


def pushed(content: bytes) -> dict[str, float]:
    families = text_string_to_metric_families(content.decode())
    return {_name(each): each.value for family in families for each in family.samples}


def test_sums_are_the_golden_ones() -> None:
    made = counted(*BATCH)
    check_golden(GOLDEN, {name: value for name, value in made.items() if "_bucket" not in name})


def test_a_batch_that_comes_again_is_counted_once() -> None:
    """After a lost answer and after a busy gateway the same sums are pushed."""
    script = (Answer(cut=True), Answer(status=503), OK)
    with ScriptedEndpoint(*script) as endpoint:
        settings = pushgateway(endpoint.url)
        client = connect(settings)
        said = [send(client, settings, BATCH) for _ in script]
        client.http.close()
        assert [type(each) for each in said] == [Retryable, Retryable, Delivered]
        first, *others = [pushed(request.content) for request in endpoint.requests]
    assert others == [first, first]
    assert first == counted(*BATCH)


def test_what_is_refused_keeps_the_calls_and_the_sums() -> None:
    conflict = Answer(status=400, content=b"out of order sample")
    with ScriptedEndpoint(conflict, OK) as endpoint:
        settings = pushgateway(endpoint.url)
        client = connect(settings)
        verdict = send(client, settings, BATCH[:1])
        assert isinstance(verdict, Refused)
        assert "out of order" in verdict.reason
        assert isinstance(send(client, settings, BATCH[:1]), Delivered)
        client.http.close()
        assert pushed(endpoint.requests[1].content) == counted(BATCH[0])


def test_a_group_and_a_credential_are_where_they_belong() -> None:
    with ScriptedEndpoint(OK) as endpoint:
        settings = evolve(pushgateway(endpoint.url), token=Secret("fake"))
        client = connect(settings)
        send(client, settings, [sample()])
        client.http.close()
        (request,) = endpoint.requests
    assert (request.method, request.path) == (
        "PUT", "/metrics/job@base64/bGxtbG9n/instance@base64/d2ViLTEvYQ",
    )  # fmt: skip
    assert request.headers["authorization"] == "Bearer fake"


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_no_value_breaks_the_text(payload: Payload) -> None:
    client = connect(Settings(url="http://127.0.0.1:1"))
    client.tally.count(payload)
    client.http.close()
    content, _ = exposition(client.tally.registry)
    assert (
        sum(
            each for name, each in pushed(content).items() if name.startswith("llmlog_calls_total{")
        )
        == 1
    )


def test_nothing_that_was_said_and_nobody_is_in_a_sum() -> None:
    marked = evolve(with_canary(sample("failure")), user_id="user-7f3a", session_id="s-7f3a")
    text = str(counted(marked))
    for private in (CANARY, "user-7f3a", "s-7f3a", marked.id):
        assert private not in text


def test_values_of_a_label_are_few() -> None:
    made = counted(*(evolve(sample("bare"), id=f"{number}", request_model=f"m{number}")
                     for number in range(10)), labels=("model",), label_values=2)  # fmt: skip
    assert made["llmlog_calls_total{model=other}"] == 8


def test_a_sampled_call_counts_for_those_it_stands_for() -> None:
    made = counted(evolve(sample(), sample_weight=4.0), labels=())
    assert (made["llmlog_calls_total{}"], made["llmlog_tokens_total{type=input}"]) == (4, 72)


@pytest.mark.parametrize(
    ("values", "remedy"), [({"labels": ["modle"]}, "model"), ({"username": "u"}, "belong together")]
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy):
        Logger(plugins=[exporter.name], environ={}, file=False,
               plugin={"prometheus-push": {"url": "http://127.0.0.1:1", **values}})  # fmt: skip
