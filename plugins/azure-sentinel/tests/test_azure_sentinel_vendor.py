"""Rows and requests beside the vendor's client, answers, and tokens."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from attrs import evolve
from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import HttpTransport
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.monitor.ingestion import LogsIngestionClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Logger, Payload, Secret
from llmlog.testing import SAMPLES, ScriptedEndpoint, sample
from llmlog.testing.contract import complaint
from llmlog.testing.strategies import payloads
from llmlog_azure_sentinel import Settings, encode, row, sign
from llmlog_azure_sentinel.settings import credential

SETTINGS = Settings(endpoint="https://rule.example.com", rule_id="dcr-1", token=Secret("fake"))
RESERVED = {"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"}


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_columns_are_names_that_azure_takes(payload: Payload) -> None:
    for name in row(payload):
        assert re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,44}", name)
        assert name not in RESERVED
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", row(payload)["TimeGenerated"])


class Recorder(HttpTransport):
    """Takes what the vendor's client would send."""

    def send(self, request: Any, **_: Any) -> Any:
        self.request = request
        raise ServiceRequestError("recorded")

    def open(self) -> None: ...
    def close(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


class Credential:
    """Gives a token, or raises."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        if self.problem:
            raise self.problem
        return AccessToken("fake", 2**40)


def test_a_request_is_the_one_that_the_vendors_client_makes() -> None:
    batch, recorder = [sample(name) for name in SAMPLES], Recorder()
    client = LogsIngestionClient(SETTINGS.endpoint, Credential(), transport=recorder,
                                 retry_total=0)  # fmt: skip
    with pytest.raises(ServiceRequestError):
        client.upload(SETTINGS.rule_id, SETTINGS.stream, [row(payload) for payload in batch])
    theirs = recorder.request
    ours = sign(SETTINGS, encode(SETTINGS, batch), 0.0)
    assert (ours.url, ours.method) == (theirs.url, theirs.method)
    assert json.loads(ours.content) == json.loads(gzip.decompress(theirs.data))
    for name in ("Authorization", "Content-Type"):
        assert ours.headers[name.lower()] == theirs.headers[name]


def test_without_a_right_to_a_token_the_events_wait() -> None:
    with ScriptedEndpoint() as endpoint:
        values = {"endpoint": endpoint.url, "rule_id": "dcr-1", "tenant_id": "t", "client_id": "c",
                  "client_secret": "fake", "authority_host": "https://127.0.0.1:1"}  # fmt: skip
        made = Logger(plugins=["azure-sentinel"], environ={}, file=False,
                      plugin={"azure-sentinel": values})  # fmt: skip
        try:
            made.log(sample())
            stats = complaint(made)
        finally:
            made.close(0)
        assert (stats.pending, stats.lost, len(endpoint.requests)) == (1, 0, 0)
    assert "cannot sign" in (stats.last_error or "")


def test_who_gives_the_token_is_chosen_by_the_settings() -> None:
    own = evolve(SETTINGS, token=None, tenant_id="t", client_id="c", client_secret=Secret("fake"))
    assert isinstance(credential(own), ClientSecretCredential)
    assert isinstance(credential(evolve(own, client_secret=None)), DefaultAzureCredential)
    with pytest.raises(ValueError, match="tenant_id"):
        evolve(own, tenant_id=None)
