"""What every plugin promises."""

from __future__ import annotations

import csv
from email import message_from_bytes
from typing import Any

from llmlog import Request
from llmlog.testing import Answer, ExporterContract
from llmlog_vantage import exporter


def parts(request: Request) -> tuple[str, list[dict[str, str]]]:
    """Read a request as a form: the name of the file, and its rows."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    (part,) = message_from_bytes(head + request.content).get_payload()
    assert part.get_param("name", header="content-disposition") == "csv"
    text = part.get_payload(decode=True).decode()
    return part.get_filename(), list(csv.DictReader(text.splitlines()))


class TestContract(ExporterContract):
    """One custom provider."""

    exporter = exporter
    settings = {"api_key": "vntg-fake", "integration": "accss_fake", "url": "{url}"}
    accepted = Answer(status=202, content=b"")

    def readable(self, request: Request) -> Any:
        name, rows = parts(request)
        return {"filename": name, "rows": rows}
