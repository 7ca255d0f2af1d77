"""What every plugin promises, Google's own description of the API, and replies that hide losses."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.resources import files
from typing import Any

import googleapiclient
import jsonschema
import pytest
from hypothesis import given, settings
from servers.waiting import eventually

from llmlog.encoding import loads
from llmlog.testing import SAMPLES, Answer, ExporterContract, ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats
from llmlog.testing.strategies import payloads
from llmlog_bigquery import COLUMNS, Settings, encode, exporter, row, schema

TYPES = {"STRING": str, "TIMESTAMP": str, "JSON": str, "INT64": int, "FLOAT64": (int, float)}


def failed(index: int, reason: str, message: str = "no such field") -> dict[str, Any]:
    """Return one of `insertErrors`."""
    return {"index": index, "errors": [{"reason": reason, "location": "cost", "message": message}]}


def answer(*errors: dict[str, Any]) -> Answer:
    kind = "bigquery#tableDataInsertAllResponse"
    return Answer(content=json.dumps({"kind": kind, "insertErrors": errors}).encode())


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"table": "fake.audit.calls", "endpoint": "{url}"}
    partial = answer(failed(1, "invalid"))


def described(name: str) -> dict[str, Any]:
    """Return a part of Google's description of the API as a JSON schema."""
    documents = files(googleapiclient) / "discovery_cache" / "documents"
    found = loads((documents / "bigquery.v2.json").read_bytes())["schemas"]
    for each in found.values():
        if "properties" in each:
            each.setdefault("additionalProperties", False)
    text = (
        str(found)
        .replace("'$ref': '", "'$ref': '#/schemas/")
        .replace("'type': 'any'", "'title': 'any'")
    )
    return {"schemas": ast.literal_eval(text), "$ref": f"#/schemas/{name}"}


REQUEST = described("TableDataInsertAllRequest")
FIELD = described("TableFieldSchema")


@given(payloads())
@settings(max_examples=30, deadline=None)
def test_googles_description_knows_every_field(payload: Any) -> None:
    made = encode(Settings(table="a.b.c"), [payload])
    jsonschema.Draft4Validator(REQUEST).validate(loads(made.content))


@given(payloads())
@settings(max_examples=50, deadline=None)
def test_every_value_has_the_type_of_its_column(payload: Any) -> None:
    for name, value in row(payload).items():
        texts = value if name == "tags" else [value]
        assert all(isinstance(each, TYPES[COLUMNS[name]]) for each in texts), name


def test_the_schema_is_one_that_google_knows() -> None:
    for field in schema():
        jsonschema.Draft4Validator(FIELD).validate(field)


def test_the_schema_is_printed() -> None:
    command = [sys.executable, "-m", "llmlog_bigquery"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == schema()


def test_a_200_that_hides_losses_is_counted_by_row() -> None:
    first = answer(failed(1, "invalid"), failed(3, "backendError"))
    with ScriptedEndpoint(first, default=Answer()) as endpoint:
        with TestContract().logger(endpoint.url, batch_age_s=60.0) as logger:
            for name in list(SAMPLES)[:4]:
                logger.log(sample(name))
            assert logger.flush(30).complete
            stats = lane_stats(logger)
        again = endpoint.requests[1].json()["rows"]
    assert (stats.delivered, stats.lost, stats.balanced) == (3, 1, True)
    assert [each["insertId"] for each in again] == [sample(list(SAMPLES)[3]).id]


@pytest.mark.parametrize(
    ("status", "reason", "retried"),
    [(403, "rateLimitExceeded", True), (403, "quotaExceeded", True), (403, "accessDenied", False)],
)
def test_a_quota_passes_and_a_permission_waits(status: int, reason: str, retried: bool) -> None:
    body = {"error": {"code": status, "errors": [{"reason": reason}], "message": "no"}}
    refusal = Answer(status=status, content=json.dumps(body).encode())
    with ScriptedEndpoint(refusal, default=Answer()) as endpoint:
        logger = TestContract().logger(endpoint.url)
        logger.log(sample())
        if retried:
            assert logger.flush(30).complete
        stats = eventually(lambda: lane_stats(logger), lambda each: each.last_error)
        logger.close(0)
    assert (stats.delivered, stats.pending, stats.lost) == (int(retried), int(not retried), 0)
