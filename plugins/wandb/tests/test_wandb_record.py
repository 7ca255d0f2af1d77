"""Metrics and rows, against a golden file and wandb's own table.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import wandb
from attrs import evolve

from llmlog import Cost
from llmlog.redaction import Policy
from llmlog.schema import from_json
from llmlog.testing.contract import CANARY, awkward, with_canary
from llmlog.testing.golden import check_golden
from llmlog.testing.samples import SAMPLES, sample
from llmlog_wandb import metrics, row

GOLDEN = Path(__file__).parent / "golden" / "records.json"


def test_every_sample_is_as_the_golden_file_says() -> None:
    made = {
        name: {
            "metrics": metrics(sample(name), "llmlog"),
            "row": row(sample(name)),
        }
        for name in SAMPLES
    }
    check_golden(GOLDEN, made)


def test_wandbs_own_table_takes_every_row_in_any_order() -> None:
    payloads = [*map(sample, SAMPLES), *awkward()]
    for some in (payloads, payloads[::-1]):
        table = wandb.Table(columns=list(row(sample())), log_mode="INCREMENTAL")
        for payload in some:
            table.add_data(*row(payload).values())
        assert len(table.data) == len(payloads)


def test_the_record_comes_back_whole() -> None:
    for payload in (*map(sample, SAMPLES), *awkward()):
        assert from_json(row(payload)["record"]) == payload


def test_what_is_not_known_is_not_there() -> None:
    assert metrics(sample("bare"), "p") == {"p/latency_s": 0.0, "_timestamp": 1_793_534_400.0}
    cells = row(sample("bare"))
    assert {name for name, value in cells.items() if value is None} == set(cells) - {
        "id", "started_at", "kind", "status", "latency_s", "record"
    }  # fmt: skip


def test_each_currency_has_a_metric_of_its_own() -> None:
    euros = evolve(sample(), cost=Cost(total=0.5, currency="EUR"))
    assert metrics(euros, "llmlog")["llmlog/cost_eur"] == 0.5
    assert "llmlog/cost_usd" not in metrics(euros, "llmlog")
    assert "llmlog/cost_usd" not in metrics(evolve(euros, cost=Cost(reason="no price")), "llmlog")


@pytest.mark.parametrize("name", SAMPLES)
def test_hidden_content_is_in_no_cell(name: str) -> None:
    payload = Policy(content="none").apply(with_canary(sample(name)))
    assert CANARY not in json.dumps(row(payload))
    assert CANARY not in json.dumps(metrics(payload, "llmlog"))
