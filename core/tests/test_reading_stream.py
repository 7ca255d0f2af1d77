"""Chunks give the response that they were cut from, also when the stream ends early.

The events are those of the vendors' streaming guides. Whole responses and their chunks must read
the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from llmlog.message import Media, Message, Reasoning, Text, ToolCall
from llmlog.reading import Reading, assemble, read_response


def read(*chunks: Any) -> Reading:
    """Read a stream."""
    return read_response(assemble(chunks))


def said(*chunks: Any) -> tuple[Any, ...]:
    """Return the parts of the only message of a stream."""
    (message,) = read(*chunks).output_messages
    return message.parts


def delta(index: int = 0, end: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a chunk of a chat completion."""
    choice = {"index": index, "delta": fields, "finish_reason": end}
    return {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def test_texts_are_joined() -> None:
    assert assemble(["Hel", "lo"]) == "Hello"


def test_no_chunks_are_an_empty_text() -> None:
    assert assemble([]) == ""


@pytest.mark.parametrize("chunks", [[1, 2], [{"x": 1}], [{"x": 1}, "a"]])
def test_chunks_that_nobody_explains_stay_a_list(chunks: list[Any]) -> None:
    assert assemble(chunks) == chunks


class TestChat:
    def test_several_choices(self) -> None:
        reading = read(
            delta(0, role="assistant", content=""), delta(1, role="assistant", content=""),
            delta(1, content="B"), delta(0, content="A"), delta(0, content="!", end="stop"),
            delta(1, end="length"),
            {"id": "c", "model": "m", "choices": [],
             "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
        )  # fmt: skip
        assert [(message.text, message.finish_reason) for message in reading.output_messages] == [
            ("A!", "stop"), ("B", "length"),
        ]  # fmt: skip
        assert reading.usage is not None
        assert reading.usage.total_tokens == 5
        assert (reading.response_id, reading.response_model) == ("c", "m")

    def test_tool_call_fragments_go_by_index(self) -> None:
        first = {"index": 0, "id": "a", "type": "function",
                 "function": {"name": "f", "arguments": ""}}  # fmt: skip
        second = {"index": 1, "id": "b", "function": {"name": "g", "arguments": '{"y"'}}
        assert said(
            delta(tool_calls=[first]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": '{"x":'}}, second]),
            delta(tool_calls=[{"index": 1, "id": None, "function": {"name": None,
                                                                     "arguments": ": 2}"}}]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": " 1}"}}], end="tool_calls"),
        ) == (
            ToolCall(id="a", name="f", arguments={"x": 1}),
            ToolCall(id="b", name="g", arguments={"y": 2}),
        )  # fmt: skip

    def test_tool_calls_without_an_index_go_by_id(self) -> None:
        calls = [{"id": key, "function": {"name": key, "arguments": "{}"}} for key in "ab"]
        more = {"function": {"arguments": " "}}
        assert said(delta(tool_calls=calls), delta(tool_calls=[more])) == (
            ToolCall(id="a", name="a", arguments={}),
            ToolCall(id="b", name="b", arguments={}),
        )

    @pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
    def test_reasoning_and_refusal(self, name: str) -> None:
        thoughts = (delta(0, None, **{name: text}) for text in ("H", "m."))
        chunks = (*thoughts, delta(refusal="I "), delta(refusal="cannot."))
        assert said(*chunks) == (Reasoning(content="Hm."), Text(content="I cannot."))

    def test_the_legacy_function_call(self) -> None:
        chunks = (delta(function_call={"name": "f", "arguments": "{"}),
                  delta(function_call={"arguments": "}"}))  # fmt: skip
        assert said(*chunks) == (ToolCall(name="f", arguments={}),)

    def test_sound(self) -> None:
        chunks = (delta(audio={"id": "audio_1", "transcript": "Ye"}),
                  delta(audio={"transcript": "s."}), delta(audio={"data": "UklG"}))  # fmt: skip
        assert said(*chunks) == (
            Media(modality="audio", file_id="audio_1", content="UklG"),
            Text(content="Yes."),
        )

    def test_a_cut_stream_keeps_what_came(self) -> None:
        reading = read(
            delta(content="Hel"),
            delta(
                tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}]
            ),
        )
        assert reading.output_messages == (
            Message(
                role="assistant",
                parts=[Text(content="Hel"), ToolCall(id="a", name="f", arguments="{")],
            ),
        )

    def test_groq_hides_its_usage(self) -> None:
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        reading = read(delta(content="x"), {**delta(end="stop"), "x_groq": {"usage": usage}})
        assert reading.usage is not None
        assert reading.usage.total_tokens == 5

    def test_text_completions(self) -> None:
        chunks = ({"object": "text_completion", "choices": [{"index": 0, "text": text}]}
                  for text in ("Hel", "lo"))  # fmt: skip
        assert said(*chunks) == (Text(content="Hello"),)


WHOLE = {"id": "resp_1", "object": "response", "model": "gpt-4.1", "status": "completed",
         "output": [{"type": "message", "role": "assistant", "id": "msg_1", "content": [
             {"type": "output_text", "text": "Hi there", "annotations": []}]}],
         "usage": {"input_tokens": 37, "output_tokens": 11, "total_tokens": 48}}  # fmt: skip
EVENTS = [
    {"type": "response.created", "response": {**WHOLE, "status": "in_progress", "output": [],
                                              "usage": None}},
    {"type": "response.output_item.added", "output_index": 0,
     "item": {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant",
              "content": []}},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
     "item_id": "msg_1", "delta": "Hi"},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
     "item_id": "msg_1", "delta": " there"},
]  # fmt: skip


class TestResponses:
    @pytest.mark.parametrize("ending", ["completed", "incomplete", "failed"])
    def test_the_last_event_carries_the_whole(self, ending: str) -> None:
        assert assemble([*EVENTS, {"type": f"response.{ending}", "response": WHOLE}]) == WHOLE

    def test_a_cut_stream_keeps_what_came(self) -> None:
        reading = read(*EVENTS)
        assert reading.output_messages == (
            Message(role="assistant", parts=[Text(content="Hi there")]),
        )
        assert (reading.response_id, reading.response_model) == ("resp_1", "gpt-4.1")

    def test_parts_of_every_kind_survive_a_cut(self) -> None:
        place = {"content_index": 0, "summary_index": 0}
        events = [
            {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "Hm."},
            {"type": "response.output_text.delta", "output_index": 1, "delta": "Yes."},
            {"type": "response.refusal.delta", "output_index": 2, "delta": "No."},
            {"type": "response.output_item.added", "output_index": 3, "item": {
                "type": "function_call", "call_id": "c", "name": "f", "arguments": ""}},
            {"type": "response.function_call_arguments.delta", "output_index": 3, "delta": "{}"},
            {"type": "response.output_item.done", "output_index": 4, "item": {
                "type": "function_call", "call_id": "d", "name": "g", "arguments": "{}"}},
        ]  # fmt: skip
        assert said(*({**event, **place} for event in events)) == (
            Reasoning(content="Hm."), Text(content="Yes."), Text(content="No."),
            ToolCall(id="c", name="f", arguments={}), ToolCall(id="d", name="g", arguments={}),
        )  # fmt: skip


ANTHROPIC = [
    {"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-5", "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 472, "output_tokens": 2, "cache_read_input_tokens": 10}}},
    {"type": "content_block_start", "index": 0,
     "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0,
     "delta": {"type": "thinking_delta", "thinking": "Hm."}},
    {"type": "content_block_delta", "index": 0,
     "delta": {"type": "signature_delta", "signature": "EqQB"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Okay"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "."}},
    {"type": "content_block_start", "index": 2, "content_block": {
        "type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}},
    {"type": "content_block_delta", "index": 2, "delta": {
        "type": "input_json_delta", "partial_json": '{"location": "San'}},
    {"type": "content_block_delta", "index": 2, "delta": {
        "type": "input_json_delta", "partial_json": ' Francisco"}'}},
    {"type": "content_block_stop", "index": 2},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None},
     "usage": {"output_tokens": 89}},
    {"type": "message_stop"},
]  # fmt: skip


class TestAnthropic:
    def test_a_whole_stream(self) -> None:
        reading = read(*ANTHROPIC)
        call = ToolCall(id="toolu_1", name="get_weather", arguments={"location": "San Francisco"})
        assert reading.output_messages == (
            Message(
                role="assistant",
                finish_reason="tool_use",
                parts=[Reasoning(content="Hm.", signature="EqQB"), Text(content="Okay."), call],
            ),
        )
        assert reading.usage is not None
        assert (reading.usage.total_input_tokens, reading.usage.output_tokens) == (482, 89)
        assert (reading.response_model, reading.response_id) == ("claude-sonnet-4-5", "msg_1")

    def test_a_cut_stream_keeps_what_came(self) -> None:
        reading = read(*ANTHROPIC[:11])
        (message,) = reading.output_messages
        assert message.tool_calls[0].arguments == '{"location": "San'
        assert message.finish_reason is None


def test_gemini_chunks() -> None:
    def chunk(*parts: Any, **more: Any) -> dict[str, Any]:
        candidate = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
        return {"candidates": [{**candidate, **more}], "modelVersion": "gemini-2.5-flash",
                "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2}}  # fmt: skip

    call = {"functionCall": {"name": "f", "args": {"a": 1}}}
    reading = read(
        chunk({"text": "H", "thought": True}), chunk({"text": "m.", "thought": True}),
        chunk({"text": "Ye"}), chunk({"text": "s."}, call), chunk(finishReason="STOP"),
    )  # fmt: skip
    assert reading.output_messages == (
        Message(
            role="assistant",
            finish_reason="STOP",
            parts=[Reasoning(content="Hm."), Text(content="Yes."),
                   ToolCall(name="f", arguments={"a": 1})],
        ),
    )  # fmt: skip
    assert reading.usage is not None
    assert reading.usage.total_tokens == 6


def test_streamed_images_keep_no_content() -> None:
    partial = {"type": "image_generation.partial_image", "b64_json": "iVBO"}
    done = {"type": "image_generation.completed", "b64_json": "iVBORw0K", "size": "1024x1024",
            "usage": {"input_tokens": 50, "output_tokens": 50}}  # fmt: skip
    assert read(partial, done).output_value == {
        "count": 1, "images": [{"bytes": 6}], "size": "1024x1024",
    }  # fmt: skip
    assert "iVBO" not in str(read(partial).output_value)


def test_streamed_transcripts() -> None:
    deltas = [{"type": "transcript.text.delta", "delta": text} for text in ("I see ", "skies")]
    done = {"type": "transcript.text.done", "text": "I see skies",
            "usage": {"input_tokens": 14, "output_tokens": 31}}  # fmt: skip
    assert read(*deltas, done).output_value == {"text": "I see skies"}
    assert read(*deltas).output_value == {"text": "I see skies"}
