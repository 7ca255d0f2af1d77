"""The contract, over protobuf and over JSON."""

from __future__ import annotations

from llmlog_otel import exporter as otel

from llmlog.testing.contract import ExporterContract


class TestProtobuf(ExporterContract):
    """Binary, with a credential."""

    exporter = otel
    settings = {"endpoint": "{url}", "headers": "authorization=Bearer%20fake-key"}


class TestJSON(ExporterContract):
    """Text."""

    exporter = otel
    settings = {"endpoint": "{url}", "protocol": "http/json", "headers": "x-key=fake-key"}
