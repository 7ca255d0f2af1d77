"""What every plugin promises."""

from __future__ import annotations

from llmlog.testing import Answer, ExporterContract, sample
from llmlog_promptlayer import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"api_key": "fake-key", "url": "{url}"}
    accepted = Answer(status=201, content=b'{"success":true,"spans":[]}')
    partial = Answer(
        status=201,
        content=b'{"success":true,"spans":[],"rejection_reason":"trace_closed",'
        b'"rejected_span_ids":["%s"]}' % sample("failure").span_id.encode(),
    )
