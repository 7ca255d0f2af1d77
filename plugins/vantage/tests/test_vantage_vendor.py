"""Files by Vantage's documented columns; addresses by the vendor's client."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from email import message_from_bytes

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from vantage._base import is_multipart_route

from llmlog import Cost, Payload, Secret
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import payloads
from llmlog_vantage import Settings, encode, row, table

SETTINGS = Settings(api_key=Secret("fake"), integration="accss_crdntl_1")
REQUIRED = ("ChargeCategory", "ChargePeriodStart", "BilledCost", "ServiceName")


def test_the_address_is_one_that_the_vendors_client_knows_as_a_form() -> None:
    request = encode(SETTINGS, [sample()])
    path = request.url.removeprefix("https://api.vantage.sh")
    assert is_multipart_route(path, request.method)
    assert not is_multipart_route(path, "PUT")


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_a_file_survives_any_text(payload: Payload) -> None:
    batch = [payload, *(sample(name) for name in SAMPLES)]
    rows = list(csv.DictReader(io.StringIO(table(batch).decode(), newline="")))
    assert rows == [row(each) for each in batch]
    for each in rows:
        assert all(each[name] for name in REQUIRED)
        assert each["ChargeCategory"] == "Usage"
        assert bool(each["ConsumedQuantity"]) == bool(each["ConsumedUnit"])
        assert Decimal(each["BilledCost"]) >= 0
        tags = json.loads(each["Tags"])
        assert all(isinstance(value, str) for value in tags.values())


def test_equal_calls_are_an_equal_file_and_others_another() -> None:
    def name(*batch: Payload) -> str:
        request = encode(SETTINGS, batch)
        head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
        (part,) = message_from_bytes(head + request.content).get_payload()
        return part.get_filename()

    assert name(sample()) == name(sample())
    assert name(sample()) != name(sample("bare"))
    assert name(sample()).startswith("llmlog-2026-11-01-")


@pytest.mark.parametrize(("cost", "text"), [(1e-07, "0.0000001"), (0.0078, "0.0078")])
def test_a_cost_is_exact_and_has_no_exponent(cost: float, text: str) -> None:
    assert row(evolve(sample(), cost=Cost(total=cost)))["BilledCost"] == text


def test_a_cost_that_is_not_known_is_marked() -> None:
    made = row(sample("failure"))
    assert (made["BilledCost"], json.loads(made["Tags"])["cost"]) == ("0", "unknown")
    assert "cost" not in json.loads(row(sample("cached"))["Tags"])
