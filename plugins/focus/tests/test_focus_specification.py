"""Files by the data model of FOCUS 1.4, and read by a query engine."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog.testing.strategies import payloads
from llmlog_focus import Settings, connect, send
from llmlog_focus.charge import row

GOLDEN = Path(__file__).parent / "golden" / "charges.json"
BATCH = [sample(name) for name in SAMPLES]


def written(folder: Path, *batch: Payload, version: Any = "1.4") -> list[dict[str, str]]:
    """Write a batch, and return all rows of the folder."""
    settings = Settings(path=folder, version=version)
    send(connect(settings), settings, batch)
    paths = sorted(folder.rglob("*.csv"))
    return [each for path in paths for each in csv.DictReader(path.open(newline=""))]


def lint(rows: list[dict[str, str]]) -> list[str]:
    """Return what a linter of the specification finds; it needs Python 3.11."""
    validator = pytest.importorskip("focus_data_toolkit.model.validator")
    return list(validator.lint_focus_1_4_structure("Cost and Usage", rows).messages())


def test_charges_are_the_golden_ones(tmp_path: Path) -> None:
    rows = {
        version: written(tmp_path / version, *BATCH, version=version) for version in ("1.2", "1.4")
    }
    check_golden(GOLDEN, {version: dict(zip(SAMPLES, made, strict=True))
                          for version, made in rows.items()})  # fmt: skip


def test_every_file_fits_the_data_model(tmp_path: Path) -> None:
    assert lint(written(tmp_path, *BATCH)) == []


def test_the_linter_finds_a_fault(tmp_path: Path) -> None:
    rows = written(tmp_path, *BATCH)
    assert lint([{**each, "BilledCost": ""} for each in rows])
    assert lint([{**each, "ChargePeriodStart": "2026-11-01 12:00"} for each in rows])


@hypothesis_settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=50)
@given(payload=payloads())
def test_no_payload_breaks_the_data_model(tmp_path_factory: Any, payload: Payload) -> None:
    assert lint(written(tmp_path_factory.mktemp("focus"), payload)) == []


def test_a_file_is_of_one_billing_period(tmp_path: Path) -> None:
    step, timing = 40 * 86_400 * 10**9, sample("bare").timing
    later = evolve(sample("bare"), timing=evolve(timing, start_unix_ns=timing.start_unix_ns + step,
                                                 end_unix_ns=timing.end_unix_ns + step))  # fmt: skip
    rows = written(tmp_path, sample(), later)
    assert sorted(path.parent.name for path in tmp_path.rglob("*.csv")) == [
        "billing_period=2026-11", "billing_period=2026-12",
    ]  # fmt: skip
    periods = [(each["BillingPeriodStart"], each["BillingPeriodEnd"]) for each in rows]
    assert periods == [("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
                       ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")]  # fmt: skip


def test_what_comes_again_is_one_file(tmp_path: Path) -> None:
    written(tmp_path, *BATCH)
    assert len(written(tmp_path, *BATCH)) == len(BATCH)


def test_a_query_engine_adds_up_the_costs(tmp_path: Path) -> None:
    written(tmp_path, *BATCH)
    (found,) = duckdb.sql(
        "select sum(BilledCost), count(*) filter (x_CostUnknown), sum(ConsumedQuantity)"
        f" from read_csv('{tmp_path}/**/*.csv')"
    ).fetchall()
    costs = [each.cost.total for each in BATCH if each.cost and each.cost.total is not None]
    tokens = [each.usage.total_tokens for each in BATCH if each.usage]
    assert found == (pytest.approx(sum(costs)), len(BATCH) - len(costs), sum(tokens))


def test_tags_are_flat(tmp_path: Path) -> None:
    for each in written(tmp_path, *BATCH):
        assert all(isinstance(value, str) for value in json.loads(each["Tags"]).values())


def test_an_older_consumer_gets_the_older_names() -> None:
    assert {"ProviderName", "PublisherName"} <= set(row(sample(), "1.2"))
    assert {"ProviderName", "PublisherName"}.isdisjoint(row(sample(), "1.4"))
