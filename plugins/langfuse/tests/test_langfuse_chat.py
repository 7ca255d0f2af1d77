"""Messages in the chat form."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from llmlog import Media, Message, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.otlp.langfuse import chat_input, chat_output
from llmlog.testing.samples import sample


def content_of(*parts: Any) -> Any:
    """Return the content of one user message."""
    message = Message(role="user", parts=parts)
    made: Any = chat_input(evolve(sample(), input_messages=[message]))
    return made[0]["content"]


def test_text_alone_is_a_text() -> None:
    assert content_of(Text(content="a"), Text(content="b")) == "a\nb"


def test_images_are_links_and_bytes_are_data_addresses() -> None:
    made = content_of(
        Text(content="look"),
        Media(modality="image", uri="https://example.com/a.png"),
        Media(modality="image", mime_type="image/png", content="aGk="),
        Media(modality="audio", mime_type="audio/wav", content="aGk="),
        Media(modality="document", file_id="file-1"),
        Raw(value={"type": "refusal", "refusal": "no"}),
    )
    assert made == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
        {"type": "audio", "mime_type": "audio/wav", "url": "data:audio/wav;base64,aGk="},
        {"type": "document", "file_id": "file-1"},
        {"type": "refusal", "refusal": "no"},
    ]


def test_tools_travel_with_the_conversation() -> None:
    made: Any = chat_input(sample("tools"))
    assert [message["role"] for message in made["messages"]] == ["user", "assistant", "tool"]
    assert made["messages"][1]["tool_calls"][0]["function"] == {
        "name": "get_weather", "arguments": '{"city":"Oslo"}',
    }  # fmt: skip
    assert made["messages"][2] == {
        "role": "tool", "tool_call_id": "call_1", "content": '{"celsius":4}',
    }  # fmt: skip
    assert made["tools"][0]["name"] == "get_weather"


def test_results_beside_other_parts_become_messages_of_their_own() -> None:
    parts = [ToolResult(id="c", response="4 °C"), Text(content="thanks")]
    message = Message(role="user", parts=parts)
    made = chat_input(evolve(sample(), input_messages=[message]))
    assert made == [
        {"role": "user", "content": "thanks"},
        {"role": "tool", "tool_call_id": "c", "content": "4 °C"},
    ]


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    parts = [Reasoning(content="hm"), Text(content="yes"), ToolCall(name="f")]
    message = Message(role="assistant", parts=parts, name="bot")
    assert chat_output(evolve(sample(), output_messages=[message])) == {
        "role": "assistant", "content": "yes", "name": "bot",
        "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "thinking": [{"type": "thinking", "content": "hm"}],
    }  # fmt: skip


def test_several_answers_are_a_list() -> None:
    one = sample().output_messages[0]
    made: Any = chat_output(evolve(sample(), output_messages=[one, one]))
    assert [message["content"] for message in made] == ["Hello, Zoë!"] * 2
    assert chat_output(sample("failure")) is None
