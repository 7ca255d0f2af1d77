"""Conversations in every dialect become the same few words.

The bodies are those of the vendors' documentation: OpenAI's API reference (chat, Responses),
Anthropic's Messages reference, Google's Gemini API reference, OpenTelemetry's GenAI conventions.
"""

from __future__ import annotations

from typing import Any

import pytest

from llmlog.message import Media, Message, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.plain import plain
from llmlog.reading import read_messages

PIXEL = "iVBORw0KGgo="
WEATHER = ToolCall(id="call_1", name="get_weather", arguments={"city": "Oslo"})


def parts(raw: Any) -> tuple[Any, ...]:
    """Return the parts of the only message."""
    (message,) = read_messages(raw)
    return message.parts


def test_a_text_is_what_the_user_says() -> None:
    hello = Message(role="user", parts=[Text(content="hi")])
    assert read_messages("hi") == (hello,)
    assert read_messages(["hi"]) == (hello,)
    assert read_messages({"role": "user", "content": "hi"}) == (hello,)
    assert read_messages(None) == ()
    assert read_messages([]) == ()


class TestChat:
    def test_roles_and_names_are_kept(self) -> None:
        messages = read_messages([
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "name": "ann", "content": [{"type": "text", "text": "hi"}]},
        ])  # fmt: skip
        assert [(message.role, message.name, message.text) for message in messages] == [
            ("developer", None, "Be brief."), ("user", "ann", "hi"),
        ]  # fmt: skip

    def test_tool_calls_and_their_answers(self) -> None:
        asked, answered = read_messages([
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "call_1", "type": "function",
                 "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}},
                {"id": "call_2", "type": "custom", "custom": {"name": "sql", "input": "select 1"}},
            ]},
            {"role": "tool", "tool_call_id": "call_1", "content": '{"celsius": 4}'},
        ])  # fmt: skip
        assert asked.parts == (WEATHER, ToolCall(id="call_2", name="sql", arguments="select 1"))
        assert answered == Message(
            role="tool", parts=[ToolResult(id="call_1", response='{"celsius": 4}')]
        )

    @pytest.mark.parametrize(
        ("arguments", "read"),
        [
            ('{"city": "Os', '{"city": "Os'),
            ("", None),
            ('{"a": NaN}', '{"a": NaN}'),
            ('{"a": 1e999}', '{"a": 1e999}'),
            ("[" * 100_000, "[" * 100_000),
            ('{"a": ' + "9" * 30 + "}", '{"a": ' + "9" * 30 + "}"),
            ({"city": "Oslo"}, {"city": "Oslo"}),
        ],
    )
    def test_arguments_that_are_no_plain_json_stay_as_they_came(
        self, arguments: Any, read: Any
    ) -> None:
        call = {"id": "1", "function": {"name": "f", "arguments": arguments}}
        assert parts([{"role": "assistant", "tool_calls": [call]}])[0].arguments == read

    def test_the_legacy_function_call(self) -> None:
        asked, answered = read_messages([
            {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "42"},
        ])  # fmt: skip
        assert asked.parts == (ToolCall(name="f", arguments={}),)
        assert (answered.role, answered.name) == ("tool", "f")
        assert answered.parts == (ToolResult(response="42"),)

    def test_a_refusal_is_words_of_the_model(self) -> None:
        assert parts({"role": "assistant", "refusal": "I cannot."}) == (Text(content="I cannot."),)
        part = {"type": "refusal", "refusal": "I cannot."}
        assert parts({"role": "assistant", "content": [part]}) == (Text(content="I cannot."),)

    @pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
    def test_reasoning_beside_the_content(self, name: str) -> None:
        message = {"role": "assistant", name: "Hm.", "content": "Yes."}
        assert parts(message) == (Reasoning(content="Hm."), Text(content="Yes."))

    def test_media(self) -> None:
        content = [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
            {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}},
            {"type": "file", "file": {"file_data": "JVBE", "filename": "a.pdf"}},
            {"type": "file", "file": {"file_id": "file-1"}},
        ]
        assert parts({"role": "user", "content": content}) == (
            Media(modality="image", mime_type="image/png", content=PIXEL),
            Media(modality="image", uri="https://example.com/cat.png"),
            Media(modality="audio", mime_type="audio/wav", content="UklGRg=="),
            Media(modality="file", mime_type="application/pdf", content="JVBE"),
            Media(modality="file", content="JVBE"),
            Media(modality="file", file_id="file-1"),
        )

    def test_a_data_uri_without_base64_becomes_base64(self) -> None:
        part = {"type": "image_url", "image_url": {"url": "data:image/svg+xml,%3Csvg/%3E"}}
        assert parts({"role": "user", "content": [part]}) == (
            Media(modality="image", mime_type="image/svg+xml", content="PHN2Zy8+"),
        )

    def test_langchain_roles(self) -> None:
        messages = read_messages([
            {"type": "human", "content": "hi"},
            {"type": "ai", "content": "", "tool_calls": [
                {"name": "get_weather", "args": {"city": "Oslo"}, "id": "call_1"}]},
            {"type": "tool", "content": "4", "tool_call_id": "call_1"},
        ])  # fmt: skip
        assert [message.role for message in messages] == ["user", "assistant", "tool"]
        assert messages[1].parts == (WEATHER,)


def test_responses_items() -> None:
    messages = read_messages([
        {"role": "user", "content": [
            {"type": "input_text", "text": "Weather?"},
            {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"},
            {"type": "input_image", "file_id": "file-1"},
            {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        ]},
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA",
         "summary": [{"type": "summary_text", "text": "Look it up."}]},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather",
         "arguments": '{"city":"Oslo"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "4"},
        {"type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
         "content": [{"type": "output_text", "text": "Cold.", "annotations": []}]},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
    ])  # fmt: skip
    user, thought, asked, answered, said, searched = messages
    assert user.parts[1:] == (
        Media(modality="image", mime_type="image/png", content=PIXEL),
        Media(modality="image", file_id="file-1"),
        Media(modality="file", uri="https://example.com/a.pdf"),
    )
    assert thought.parts == (Reasoning(content="Look it up.", signature="gAAA"),)
    assert (asked.role, asked.parts) == ("assistant", (WEATHER,))
    assert (answered.role, answered.parts) == ("tool", (ToolResult(id="call_1", response="4"),))
    assert (said.role, said.text) == ("assistant", "Cold.")
    assert isinstance(searched.parts[0], Raw)


def test_anthropic_blocks() -> None:
    user, assistant, result = read_messages([
        {"role": "user", "content": [
            {"type": "image", "source": {
                "type": "base64", "media_type": "image/png", "data": PIXEL}},
            {"type": "image", "source": {"type": "url", "url": "https://example.com/cat.png"}},
            {"type": "document", "source": {
                "type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
            {"type": "document", "source": {
                "type": "text", "media_type": "text/plain", "data": "plain words"}},
            {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        ]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"},
            {"type": "redacted_thinking", "data": "EmwK"},
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": {"city": "Oslo"}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "call_1",
             "content": [{"type": "text", "text": "4"}, {"type": "text", "text": "windy"}]},
            {"type": "search_result", "source": "x", "title": "y", "content": []},
        ]},
    ])  # fmt: skip
    assert user.parts == (
        Media(modality="image", mime_type="image/png", content=PIXEL),
        Media(modality="image", uri="https://example.com/cat.png"),
        Media(modality="file", mime_type="application/pdf", content="JVBE"),
        Text(content="plain words"),
        Media(modality="file", file_id="file_1"),
    )
    assert assistant.parts == (
        Reasoning(content="Hm.", signature="EqQB"),
        Reasoning(content="", signature="EmwK"),
        Text(content="I look."),
        WEATHER,
    )
    assert result.parts[0] == ToolResult(id="call_1", response="4\nwindy")
    assert isinstance(result.parts[1], Raw)


@pytest.mark.parametrize("wire", [True, False], ids=["wire", "client"])
def test_gemini_contents(wire: bool) -> None:
    names = ("inlineData", "mimeType", "fileData", "fileUri", "functionCall", "functionResponse",
             "thoughtSignature")  # fmt: skip
    if not wire:
        names = ("inline_data", "mime_type", "file_data", "file_uri", "function_call",
                 "function_response", "thought_signature")  # fmt: skip
    inline, mime, file, uri, call, response, seal = names
    user, model, tool = read_messages([
        {"role": "user", "parts": [
            {"text": "What is this?"},
            {inline: {mime: "image/png", "data": "-_8="}},
            {file: {mime: "video/mp4", uri: "gs://bucket/a.mp4"}},
        ]},
        {"role": "model", "parts": [
            {"text": "Hm.", "thought": True, seal: "c2ln"},
            {call: {"id": "call_1", "name": "get_weather", "args": {"city": "Oslo"}}},
        ]},
        {"role": "user", "parts": [
            {response: {"id": "call_1", "name": "get_weather", "response": {"celsius": 4}}},
            {"executable_code": {"language": "PYTHON", "code": "1"}},
        ]},
    ])  # fmt: skip
    assert user.parts == (
        Text(content="What is this?"),
        Media(modality="image", mime_type="image/png", content="+/8="),
        Media(modality="video", mime_type="video/mp4", uri="gs://bucket/a.mp4"),
    )
    assert model.role == "assistant"
    assert model.parts == (Reasoning(content="Hm.", signature="c2ln"), WEATHER)
    assert tool.parts[0] == ToolResult(id="call_1", response={"celsius": 4})
    assert isinstance(tool.parts[1], Raw)


def test_a_gemini_part_may_stand_alone() -> None:
    first, second = read_messages(["Describe.", {"inline_data": {"data": PIXEL}}])
    assert (first.text, second.parts) == ("Describe.", (Media(modality="file", content=PIXEL),))


def test_opentelemetry_messages() -> None:
    (message,) = read_messages([
        {"role": "assistant", "finish_reason": "stop", "parts": [
            {"type": "text", "content": "hi"},
            {"type": "tool_call", "id": "call_1", "name": "get_weather",
             "arguments": {"city": "Oslo"}},
            {"type": "tool_call_response", "id": "call_1", "result": "4"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PIXEL},
            {"type": "uri", "modality": "image", "uri": "https://example.com/cat.png"},
            {"type": "something_new", "x": 1},
        ]},
    ])  # fmt: skip
    assert message == Message(
        role="assistant",
        finish_reason="stop",
        parts=[
            Text(content="hi"),
            WEATHER,
            ToolResult(id="call_1", response="4"),
            Media(modality="image", mime_type="image/png", content=PIXEL),
            Media(modality="image", uri="https://example.com/cat.png"),
            Raw(value={"type": "something_new", "x": 1}),
        ],
    )


def test_llmlogs_own_messages_come_back_as_they_were() -> None:
    message = Message(
        role="assistant",
        name="bot",
        finish_reason="stop",
        parts=[
            Text(content="hi"),
            Reasoning(content="Hm.", signature="s"),
            WEATHER,
            ToolResult(id="call_1", response={"celsius": 4}),
            Media(modality="image", uri="https://example.com/cat.png"),
            Raw(value=[1]),
        ],
    )
    assert read_messages(plain([message])[0]) == (message,)


@pytest.mark.parametrize(
    "body",
    [
        {"system": "Be brief.", "messages": [{"role": "user", "content": "hi"}]},
        {"system": [{"type": "text", "text": "Be brief."}], "messages": "hi"},
        {"systemInstruction": {"parts": [{"text": "Be brief."}]}, "contents": "hi"},
    ],
)
def test_a_body_with_its_system_prompt(body: Any) -> None:
    system, user = read_messages(body)
    assert (system.role, system.text) == ("system", "Be brief.")
    assert (user.role, user.text) == ("user", "hi")


@pytest.mark.parametrize("strange", [1, True, {"x": 1}, [[1]], {"type": ["x"]}])
def test_what_nobody_explains_stays_raw(strange: Any) -> None:
    (message,) = read_messages(strange)
    raw = strange[0] if isinstance(strange, list) else strange
    assert message.parts == (Raw(value=raw),)
