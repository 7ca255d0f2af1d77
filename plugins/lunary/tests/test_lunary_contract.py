"""What every plugin promises, and the replies that Lunary gives."""

from __future__ import annotations

import json
from typing import Any

from llmlog import Delivered, Rejected, Reply
from llmlog.testing import Answer, ExporterContract, sample
from llmlog_lunary import exporter, read_reply


def answer(*results: Any) -> bytes:
    return json.dumps({"results": results}).encode()


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"key": "fake-key", "url": "{url}"}
    accepted = Answer(content=answer())
    partial = Answer(content=answer(
        {"id": sample("chat").id, "success": True},
        {"id": sample("failure").id, "success": False, "error": "no such column"},
    ))  # fmt: skip


def test_a_run_that_is_there_already_is_delivered() -> None:
    batch = [sample("chat"), sample("failure")]
    said = answer(
        {"id": batch[0].id, "success": False,
         "error": "Run with this ID already exists in the database."},
        {"id": batch[0].id, "success": True},
        {"id": batch[1].id, "success": True},
        {"id": batch[1].id, "success": False, "error": "invalid input"},
    )  # fmt: skip
    first, second = read_reply(Reply(200, {}, said), batch) or ()
    assert isinstance(first, Delivered)
    assert second == Rejected("invalid input")
