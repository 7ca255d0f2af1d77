"""The chat completions form, read back as that API's own parameters."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from llmlog.chat import chat, text_of
from llmlog.message import Media, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.reading import read_messages
from llmlog.testing import SAMPLES, sample
from llmlog.testing.strategies import messages as any_messages


def test_text_is_a_string() -> None:
    message = Message(role="user", parts=[Text(content="a"), Text(content="b")], name="zoe")
    assert chat([message]) == [{"role": "user", "content": "a\nb", "name": "zoe"}]


def test_more_than_text_is_a_list_of_blocks() -> None:
    parts = [Text(content="see"), Media(modality="image", mime_type="image/png", content="aGk="),
             Media(modality="audio", file_id="f-1"), Raw(value={"type": "odd"})]  # fmt: skip
    (made,) = chat([Message(role="user", parts=parts)])
    assert made["content"] == [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
        {"type": "audio", "file_id": "f-1"},
        {"type": "odd"},
    ]


def test_results_of_tools_are_messages_of_their_own() -> None:
    results = [ToolResult(id="1", response={"a": 1}), ToolResult(id="2", response="text")]
    assert chat([Message(role="tool", parts=results)]) == [
        {"role": "tool", "tool_call_id": "1", "content": '{"a":1}'},
        {"role": "tool", "tool_call_id": "2", "content": "text"},
    ]


def test_a_platform_may_want_more() -> None:
    message = Message(role="assistant", parts=[Reasoning(content="hm"), Text(content="ok")])
    made = chat(
        [message], lambda part: {"type": part.type}, (Text, Reasoning),
        lambda message: {"thoughts": 1},
    )  # fmt: skip
    assert made == [
        {"role": "assistant", "content": [{"type": "reasoning"}, {"type": "text"}], "thoughts": 1}
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_it_reads_back_as_it_was(name: str) -> None:
    for messages in (sample(name).input_messages, sample(name).output_messages):
        plain = [Message(role=message.role, parts=[_as_text(part) for part in message.parts
                                                   if not isinstance(part, Reasoning)])
                 for message in messages]  # fmt: skip
        assert list(read_messages(chat(plain))) == plain


def _as_text(part: Part) -> Part:
    """Return the result of a tool as this form has it."""
    return evolve(part, response=text_of(part.response)) if isinstance(part, ToolResult) else part


@given(st.lists(any_messages, max_size=3))
def test_any_conversation_has_this_form(messages: list[Message]) -> None:
    made: Any = chat(messages)
    assert all(isinstance(item, dict) and "role" in item and "content" in item for item in made)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_vendors_types_take_it(name: str) -> None:
    types = pytest.importorskip("openai.types.chat")
    pydantic = pytest.importorskip("pydantic")
    adapter = pydantic.TypeAdapter(list[types.ChatCompletionMessageParam])
    adapter.validate_python(chat(sample(name).input_messages))


def test_a_tool_call_without_arguments_has_empty_ones() -> None:
    message = Message(role="assistant", parts=[ToolCall(name="f")])
    assert chat([message])[0]["tool_calls"] == [
        {"type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]
