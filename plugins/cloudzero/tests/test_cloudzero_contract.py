"""The contract, drops by month, and lines by the columns of the Common Bill Format."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Cost, Payload, Secret
from llmlog.testing import SAMPLES, ExporterContract, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog.testing.strategies import payloads
from llmlog_cloudzero import Settings, encode, exporter, row

SETTINGS = Settings(api_key=Secret("fake"), connection_id="c/1")
COLUMNS = {
    "lineitem/id", "lineitem/type", "lineitem/description", "time/usage_start", "time/usage_end",
    "resource/id", "resource/service", "resource/account", "resource/region",
    "resource/usage_family", "action/operation", "action/usage_type", "action/region",
    "action/account", "usage/amount", "usage/units", "cost/cost",
}  # fmt: skip


class TestContract(ExporterContract):
    """One connection."""

    exporter = exporter
    settings = {"api_key": "fake-key", "connection_id": "fake-connection", "url": "{url}"}


def later(payload: Payload, days: int) -> Payload:
    step, timing = days * 86_400 * 10**9, payload.timing
    return evolve(payload, timing=evolve(timing, start_unix_ns=timing.start_unix_ns + step,
                                         end_unix_ns=timing.end_unix_ns + step))  # fmt: skip


def test_a_drop_holds_one_month_and_no_call_is_left_out() -> None:
    batch = [later(sample(name), 30 * (number % 3)) for number, name in enumerate(SAMPLES)]
    with ScriptedEndpoint() as endpoint:
        with TestContract().logger(endpoint.url, batch_age_s=5.0) as logger:
            for payload in batch:
                logger.log(payload)
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        drops = [request.json() for request in endpoint.requests]
    assert (stats.delivered, stats.lost) == (len(SAMPLES), 0)
    sent: list[str] = []
    for drop in drops:
        assert {line["time/usage_start"][:7] for line in drop["data"]} == {drop["month"]}
        sent += [line["lineitem/id"] for line in drop["data"]]
    assert sorted(sent) == sorted(payload.id for payload in batch)
    assert {drop["month"] for drop in drops} == {"2026-11", "2026-12"}


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_a_line_has_the_columns_of_the_format(payload: Payload) -> None:
    made = row(payload, None)
    for name, value in made.items():
        assert name in COLUMNS or re.fullmatch(r"resource/tag:[A-Za-z0-9_\-.]+", name), name
        assert isinstance(value, str)
    assert {"time/usage_start", "cost/cost", "resource/id"} <= set(made)


@pytest.mark.parametrize(("cost", "text"), [(1e-07, "0.0000001"), (0.0078, "0.0078"), (0.0, "0")])
def test_a_cost_is_exact_and_has_no_exponent(cost: float, text: str) -> None:
    made = row(evolve(sample(), cost=Cost(total=cost)), None)
    assert made["cost/cost"] == text
    assert "resource/tag:cost" not in made


def test_a_cost_that_is_not_known_is_marked() -> None:
    made = row(sample("failure"), None)
    assert (made["cost/cost"], made["resource/tag:cost"]) == ("0", "unknown")


def test_costs_of_a_batch_add_up() -> None:
    body: Any = json.loads(encode(SETTINGS, [sample(name) for name in SAMPLES]).content)
    total = sum(Decimal(line["cost/cost"]) for line in body["data"])
    assert total == sum(Decimal(repr(sample(n).cost.total)) for n in SAMPLES
                        if sample(n).cost)  # fmt: skip
    assert (body["operation"], body["month"]) == ("sum", "2026-11")


def test_the_connection_is_in_the_address() -> None:
    path = "v2/connections/billing/anycost/c%2F1/billing_drops"
    assert encode(SETTINGS, [sample()]).url == f"https://api.cloudzero.com/{path}"
