"""The examples of the page on recording calls run, and record what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import llmlog
from llmlog import Payload
from llmlog.testing.records import Records

PAGE = Path(__file__).parent.parent / "docs" / "capture.md"
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[list[Payload], dict[str, Any]]]:
    """Run the examples one after the other; return their records and names."""
    records, names = Records(), dict[str, Any]()
    first, *others = CODE.findall(PAGE.read_text(encoding="utf-8"))
    exec(first.partition("llmlog.configure")[0], names)
    logger = llmlog.configure(plugins=[names["NoPasswords"](), records], environ={}, file=False)
    records.logger = logger
    for code in others:
        exec(code, names)
    yield records.all(), names
    llmlog.configure(plugins=[], environ={}, file=False)


def test_a_guardrail_edits_and_is_named(made: tuple[list[Payload], dict[str, Any]]) -> None:
    (chat,) = (one for one in made[0] if one.kind == "chat")
    (guardrail,) = chat.guardrails
    assert (guardrail.name, guardrail.verdict) == ("no-passwords", "edited")
    assert chat.parameters == {"max_tokens": 200}


def test_a_guardrail_blocks_and_nothing_leaks(made: tuple[list[Payload], dict[str, Any]]) -> None:
    words = [{"role": "user", "content": "my password is fake"}]
    with pytest.raises(llmlog.Blocked) as caught, llmlog.call(kind="chat", messages=words):
        raise AssertionError("it is not sent")
    assert "fake" not in str(caught.value)


def test_a_block_and_its_calls_are_one_tree(made: tuple[list[Payload], dict[str, Any]]) -> None:
    tool, agent = (next(one for one in made[0] if one.kind == kind) for kind in ("tool", "agent"))
    assert (tool.parent_span_id, tool.trace_id) == (agent.span_id, agent.trace_id)
    assert (tool.session_id, tool.user_id, tool.tags) == ("s-1", "u-1", ("checkout",))
    assert tool.output_value == {"degrees": 7}


def test_a_stream_has_its_rhythm(made: tuple[list[Payload], dict[str, Any]]) -> None:
    (chat,) = (one for one in made[0] if one.kind == "chat")
    assert chat.output_messages[0].text == "Hello"
    assert chat.chunks is not None
    assert (chat.chunks.count, chat.chunks.stalls) == (2, 0)
    assert chat.timing.time_to_first_token_ns is not None


def test_a_rerank_has_its_results(made: tuple[list[Payload], dict[str, Any]]) -> None:
    (rerank,) = (one for one in made[0] if one.kind == "rerank")
    assert rerank.input_value == {"query": "rain", "documents": ["It rains.", "It snows."]}
    assert rerank.output_value == {"results": [{"index": 0, "relevance_score": 0.98}]}
