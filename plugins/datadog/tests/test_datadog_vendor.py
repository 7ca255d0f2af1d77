"""Logs, addresses and requests against Datadog's own API client."""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

from llmlog import Secret
from llmlog.exporter import limits_of
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog_datadog import Settings, encode, exporter, log

SETTINGS = Settings(api_key=Secret("fake-key"))
OWN = set(HTTPLogItem.attribute_map)


def configuration(**values: Any) -> Configuration:
    """Return the vendor's configuration, with no key of this machine in it."""
    return Configuration(api_key={"apiKeyAuth": "fake-key"}, **values)


def intakes() -> dict[str, str]:
    """Return the vendor's intakes, by site."""
    servers = LogsApi(ApiClient(configuration()))._submit_log_endpoint.settings["servers"]
    sites = servers[0]["variables"]["site"]["enum_values"]
    name = servers[0]["variables"]["subdomain"]["default_value"]
    return {site: servers[0]["url"].format(subdomain=name, site=site) for site in sites}


@pytest.mark.parametrize("site", intakes())
def test_each_site_has_the_intake_that_the_vendor_names(site: str) -> None:
    url = encode(evolve(SETTINGS, site=site), [sample()]).url
    assert url == f"{intakes()[site]}/api/v2/logs"


def test_the_default_site_is_the_vendors() -> None:
    servers = LogsApi(ApiClient(configuration()))._submit_log_endpoint.settings["servers"]
    assert SETTINGS.site == servers[0]["variables"]["site"]["default_value"]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_log_fits_the_vendors_model(name: str) -> None:
    made = log(SETTINGS, sample(name))
    item = HTTPLogItem(**made)
    assert item.to_dict() == made
    assert {key for key in made if key.startswith("dd") and "." not in key} <= OWN
    assert {"message", "ddsource"} <= set(made)


def test_the_vendors_client_sends_the_same() -> None:
    batch = [sample(name) for name in SAMPLES]
    with ScriptedEndpoint(default=Answer(status=202)) as endpoint:
        api = LogsApi(ApiClient(configuration(host=endpoint.url)))
        api._submit_log_endpoint.settings["servers"] = None
        items = [HTTPLogItem(**log(SETTINGS, payload)) for payload in batch]
        api.submit_log(HTTPLog(items), content_encoding=ContentEncoding.GZIP)
        (theirs,) = endpoint.requests
        request = encode(evolve(SETTINGS, url=endpoint.url), batch)
        ours = request.gzipped()
        assert request.url == endpoint.url + theirs.path
    assert theirs.json() == json.loads(request.content)
    for name in ("content-type", "content-encoding", "dd-api-key"):
        assert ours.headers[name] == theirs.headers[name]
    assert limits_of(exporter, SETTINGS).gzip
