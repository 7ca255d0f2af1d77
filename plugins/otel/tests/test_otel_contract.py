"""The contract, over protobuf and over JSON."""

from __future__ import annotations

from llmlog.testing.contract import ExporterContract
from llmlog.testing.endpoint import Answer
from llmlog_otel import exporter as otel


class TestProtobuf(ExporterContract):
    """Binary, with a credential."""

    exporter = otel
    golden = None
    settings = {"endpoint": "{url}", "headers": "authorization=Bearer%20fake-key"}
    accepted = Answer(content=b"", headers={"content-type": "application/x-protobuf"})
    partial = Answer(
        content=b"\n\x07\x08\x01\x12\x03old", headers={"content-type": "application/x-protobuf"}
    )


class TestJSON(ExporterContract):
    """Text."""

    exporter = otel
    golden = None
    settings = {"endpoint": "{url}", "protocol": "http/json", "headers": "x-key=fake-key"}
    partial = Answer(content=b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"old"}}')
