"""What every plugin promises, the columns, and the tokens of a service principal."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import Answer, ExporterContract, ScriptedEndpoint, sample
from llmlog.testing.strategies import payloads
from llmlog.testing.virtual import VirtualClock
from llmlog_zerobus import Settings, exporter, row, statement
from llmlog_zerobus.table import COLUMNS
from llmlog_zerobus.token import form

TYPES = {
    "STRING": str, "TIMESTAMP": int, "BIGINT": int, "DOUBLE": (int, float), "VARIANT": str,
    "ARRAY<STRING>": list,
}  # fmt: skip
TOKEN = Answer(content=b'{"access_token": "fake-access", "expires_in": 3600}')


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"endpoint": "{url}", "table": "main.llmlog.calls", "token": "fake-token"}


@given(payloads())
@settings(max_examples=50, deadline=None)
def test_every_value_has_the_type_of_its_column(payload: Any) -> None:
    for name, value in row(payload).items():
        assert isinstance(value, TYPES[COLUMNS[name]]), name


def test_a_time_is_in_microseconds_and_the_whole_is_json() -> None:
    made = row(sample())
    assert made["started_at"] == 1_793_534_400_000_000
    assert json.loads(made["payload"])["id"] == sample().id


def test_the_statement_is_printed() -> None:
    command = [sys.executable, "-m", "llmlog_zerobus", "a.b.c"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == statement("a.b.c") + ";\n"
    assert printed.startswith("CREATE TABLE IF NOT EXISTS `a`.`b`.`c` (\n    id STRING,")


def test_a_token_is_asked_for_one_table() -> None:
    asked = form("https://123.zerobus.eu-west-1.cloud.databricks.com", "main.llmlog.calls")
    assert asked["resource"] == "api://databricks/workspaces/123/zerobusDirectWriteApi"
    details = json.loads(asked["authorization_details"])
    assert {
        each["object_type"]: (each["object_full_path"], each["privileges"]) for each in details
    } == {
        "CATALOG": ("main", ["USE CATALOG"]),
        "SCHEMA": ("main.llmlog", ["USE SCHEMA"]),
        "TABLE": ("main.llmlog.calls", ["SELECT", "MODIFY"]),
    }


def logger(endpoint: str, workspace: str, **core: Any) -> Logger:
    values = {
        "endpoint": endpoint, "table": "main.llmlog.calls", "workspace_url": workspace,
        "client_id": "fake-id", "client_secret": "fake-secret", "batch_age_s": 0.0,
    }  # fmt: skip
    return Logger(plugins=["zerobus"], environ={}, file=False, plugin={"zerobus": values}, **core)


def test_a_token_is_kept_until_it_expires() -> None:
    clock = VirtualClock()
    with ScriptedEndpoint(default=TOKEN) as workspace, ScriptedEndpoint() as endpoint:
        with logger(endpoint.url, workspace.url, clock=clock) as made:
            for wait_s in (0.0, 10.0, 3600.0):
                clock.advance(wait_s)
                made.log(sample())
                assert made.flush(30).complete
        sent = [request.headers["authorization"] for request in endpoint.requests]
        asked = workspace.requests
    assert sent == ["Bearer fake-access"] * 3
    assert len(asked) == 2
    pair = base64.b64decode(asked[0].headers["authorization"].removeprefix("Basic ")).decode()
    assert (asked[0].path, pair) == ("/oidc/v1/token", "fake-id:fake-secret")
    assert parse_qs(asked[0].content.decode())["grant_type"] == ["client_credentials"]


@pytest.mark.parametrize(
    "refusal", [Answer(status=401), Answer(content=b"a page"), Answer(cut=True)]
)
def test_without_a_token_the_events_wait(refusal: Answer) -> None:
    unauthorized = Answer(status=401, content=b'{"error_code": "UNAUTHENTICATED"}')
    with (
        ScriptedEndpoint(default=refusal) as workspace,
        ScriptedEndpoint(default=unauthorized) as endpoint,
    ):
        made = logger(endpoint.url, workspace.url)
        made.log(sample())
        stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)
        made.close(0)
        assert "authorization" not in endpoint.requests[0].headers
    assert (stats.pending, stats.lost) == (1, 0)
    assert "UNAUTHENTICATED" in (stats.last_error or "")


@pytest.mark.parametrize(
    ("values", "remedy"),
    [({"table": "calls", "token": "t"}, "catalog.schema.table"), ({"table": "a.b.c"}, "client_id")],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        Settings(endpoint="e", **values)


def test_an_endpoint_needs_no_scheme() -> None:
    made = Settings(endpoint="1.zerobus.example.com", table="a.b.c", token="t")
    assert made.base == "https://1.zerobus.example.com"
