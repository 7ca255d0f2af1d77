"""Where requests go, and in whose name."""

from __future__ import annotations

from base64 import b64decode

import pytest
from attrs import evolve

from llmlog import Secret, SettingsError
from llmlog.settings import Sources, load
from llmlog.testing.samples import sample
from llmlog_mlflow import Settings, exporter
from llmlog_mlflow.span import attributes

SETTINGS = Settings(tracking_uri="http://127.0.0.1:5000/", experiment_id="7")


def test_experiment_and_run_are_headers() -> None:
    request = exporter.encode(evolve(SETTINGS, run_id="r"), [sample()])
    assert request.url == "http://127.0.0.1:5000/v1/traces"
    assert request.headers["x-mlflow-experiment-id"] == "7"
    assert request.headers["x-mlflow-run-id"] == "r"
    assert "authorization" not in request.headers


def test_name_and_password_win_over_a_token() -> None:
    both = evolve(SETTINGS, username="u", password=Secret("fake"), token=Secret("fake-token"))
    said = exporter.encode(both, [sample()]).headers["authorization"]
    assert b64decode(said.removeprefix("Basic ")) == b"u:fake"
    token = exporter.encode(evolve(both, password=None), [sample()]).headers["authorization"]
    assert token == "Bearer fake-token"


def test_a_store_that_is_no_server_is_refused() -> None:
    environ = {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db", "MLFLOW_EXPERIMENT_ID": "0"}
    with pytest.raises(SettingsError, match="name a server"):
        load(Settings, Sources(environ=environ), "mlflow")


def test_tags_are_names_with_or_without_a_value() -> None:
    made = attributes(evolve(sample(), tags=["team:checkout", "beta", ":x"]))
    tags = {name: value for name, value in made.items() if name.startswith("mlflow.traceTag.")}
    assert tags == {"mlflow.traceTag.team": "checkout", "mlflow.traceTag.beta": "true"}
