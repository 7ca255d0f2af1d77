"""OTLP: what an exporter made by `otlp_exporter` promises."""

from __future__ import annotations

from typing import Any, ClassVar

from llmlog.delivery.request import Request
from llmlog.testing.contract.exporter import ExporterContract
from llmlog.testing.endpoint import Answer
from llmlog.testing.otlp import spans


class OTLPContract(ExporterContract):
    """What an exporter over OTLP promises; needs `opentelemetry-proto`."""

    partial: ClassVar[Answer | None] = Answer(content=b'{"partialSuccess":{"rejectedSpans":"1"}}')

    def readable(self, request: Request) -> Any:
        """Return the span of a request with one record."""
        (span,) = spans(request.content)
        return span
