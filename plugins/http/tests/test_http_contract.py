"""What every plugin promises, in each of the three shapes."""

from __future__ import annotations

from llmlog.testing import ExporterContract
from llmlog_http import exporter

SECRETS = {
    "token": "fake-token",
    "headers": "x-api-key=fake-key",
    "signing_secret": "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2U=",
}


class TestArray(ExporterContract):
    """The contract, with arrays."""

    exporter = exporter
    golden = None
    settings = {"url": "{url}/records", **SECRETS}


class TestLines(ExporterContract):
    """The contract, with compressed lines."""

    exporter = exporter
    golden = None
    settings = {"url": "{url}/records", "format": "ndjson", "gzip": True, **SECRETS}


class TestSingle(ExporterContract):
    """The contract, one by one."""

    exporter = exporter
    golden = None
    settings = {"url": "{url}/records", "format": "single", "method": "PUT", **SECRETS}
