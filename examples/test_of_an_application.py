"""Test what an application records: `pip install llmlog[testing]`, then `pytest` this file."""

from __future__ import annotations

import llmlog
from llmlog.testing.records import Records


def shop_assistant(question: str) -> str:
    """Stand for the application."""
    messages = [{"role": "user", "content": question}]
    with llmlog.call(kind="chat", model="m", messages=messages, tags=["shop"]) as call:
        return str(call.finish("we close at six"))


def test_a_question_is_recorded(llmlog_records: Records) -> None:
    """The record has the question, the answer and the tag."""
    shop_assistant("When do you close?")
    record = llmlog_records.one()
    assert record.input_messages[0].text == "When do you close?"
    assert (record.status, record.tags) == ("success", ("shop",))
