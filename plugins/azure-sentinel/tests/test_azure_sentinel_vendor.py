"""Rows and requests beside the vendor's client, answers, and tokens."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline.transport import HttpTransport
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.monitor.ingestion import LogsIngestionClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Delivered, Payload, Refused, Rejected, Retryable, Secret
from llmlog.delivery.outcome import TooLarge
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, check_golden, sample
from llmlog.testing.strategies import payloads
from llmlog_azure_sentinel import Client, Settings, connect, row, send

GOLDEN = Path(__file__).parent / "golden" / "rows.json"
SETTINGS = Settings(endpoint="https://rule.example.com", rule_id="dcr-1", token=Secret("fake"))
RESERVED = {"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"}


def test_rows_are_the_golden_ones() -> None:
    check_golden(GOLDEN, {name: row(sample(name)) for name in SAMPLES})


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
    ours: list[httpx.Request] = []

    def taken(request: httpx.Request) -> httpx.Response:
        ours.append(request)
        return httpx.Response(204)

    http = httpx.Client(transport=httpx.MockTransport(taken))
    assert send(Client(http, Credential()), SETTINGS, batch) == Delivered("HTTP 204")
    (request,) = ours
    assert (str(request.url), request.method) == (theirs.url, theirs.method)
    assert json.loads(request.content) == json.loads(gzip.decompress(theirs.data))
    for name in ("Authorization", "Content-Type"):
        assert request.headers[name] == theirs.headers[name]


def test_without_a_right_to_a_token_the_events_wait() -> None:
    problems = {ClientAuthenticationError("AADSTS7000215: no such secret"): Refused,
                ServiceRequestError("no network"): Retryable}  # fmt: skip
    for problem, kind in problems.items():
        verdict = send(Client(httpx.Client(), Credential(problem)), SETTINGS, [sample()])
        assert isinstance(verdict, kind)
        assert str(problem) in verdict.reason


@pytest.mark.parametrize(("status", "kind"), [
    (204, Delivered), (200, Delivered), (403, Refused), (404, Refused), (413, TooLarge),
    (429, Retryable), (500, Retryable), (400, Rejected),
])  # fmt: skip
def test_an_answer_speaks_for_the_batch(status: int, kind: type) -> None:
    error = {"error": {"code": "C", "message": "because"}}
    content = b"" if status < 300 else json.dumps(error).encode()
    answer = Answer(status=status, content=content, headers={"retry-after": "7"})
    with ScriptedEndpoint(answer) as endpoint:
        settings = evolve(SETTINGS, endpoint=endpoint.url)
        client = connect(settings)
        verdict = send(client, settings, [sample()])
        client.http.close()
    assert isinstance(verdict, kind)
    assert status < 300 or "because" in verdict.reason
    assert not isinstance(verdict, Retryable) or verdict.after_s == 7


def test_a_call_over_the_limit_is_not_sent() -> None:
    large = evolve(sample(), metadata={"note": "x" * 1_000_000})
    assert isinstance(send(connect(SETTINGS), SETTINGS, [large]), TooLarge)


def test_who_gives_the_token_is_chosen_by_the_settings() -> None:
    own = evolve(SETTINGS, token=None, tenant_id="t", client_id="c", client_secret=Secret("fake"))
    assert isinstance(own.credential(), ClientSecretCredential)
    assert isinstance(evolve(own, client_secret=None).credential(), DefaultAzureCredential)
    with pytest.raises(ValueError, match="tenant_id"):
        evolve(own, tenant_id=None)
