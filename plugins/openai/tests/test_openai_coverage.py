"""What the instrumentor sees: every type of call, ended in every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openai
import pydantic

from llmlog.testing import Answer, CoverageContract, Covered
from llmlog.testing.wire import event, json_answer
from llmlog_openai import instrumentor

TURNS: list[Any] = [{"role": "user", "content": "Hi"}]
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
CALL = {"id": "c1", "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m",
    "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Hello", "annotations": []}]}],
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
}  # fmt: skip
CALLED = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "get_weather",
          "arguments": '{"city": "Oslo"}', "status": "completed"}  # fmt: skip
NO_STREAM = "the API streams none of it"


class City(pydantic.BaseModel):
    name: str


def completion(content: str | None = "Hello", **message: Any) -> Answer:
    said = {"role": "assistant", "content": content, **message}
    return json_answer({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
        "choices": [{"index": 0, "finish_reason": "stop", "message": said}],
    })  # fmt: skip


def chunk(content: str, end: str | None = None) -> bytes:
    return event({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": content},
                     "finish_reason": end}],
    })  # fmt: skip


def text(words: str) -> dict[str, Any]:
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "text": words, "finish_reason": "stop"}]}  # fmt: skip


def chat(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(model="m", messages=TURNS, **more)


def says(words: str) -> Any:
    return lambda payload: payload.output_messages[0].text == words


DONE = b"data: [DONE]\n\n"
WORDS = [chunk("Hel"), chunk("lo", "stop"), DONE]
RAW = "chat, raw response"
SHAPED = "chat, structured output"


class TestCoverage(CoverageContract):
    instrumentor = instrumentor
    table = Path(__file__).parent / "coverage.json"
    calls = {
        "chat": Covered(
            ask=chat, answer=completion(), stream=lambda client: chat(client, stream=True),
            pieces=WORDS, tool=completion(None, tool_calls=[CALL]), shows=says("Hello"),
        ),
        "chat (Azure)": Covered(
            ask=chat, answer=completion(), stream=lambda client: chat(client, stream=True),
            pieces=WORDS, tool=completion(None, tool_calls=[CALL]),
            shows=lambda payload: payload.provider_name == "azure.ai.openai",
        ),
        RAW: Covered(
            ask=lambda client: client.chat.completions.with_raw_response.create(
                model="m", messages=TURNS),
            answer=completion(),
            stream=lambda client: client.chat.completions.with_raw_response.create(
                model="m", messages=TURNS, stream=True).parse(),
            pieces=WORDS, tool=completion(None, tool_calls=[CALL]), shows=says("Hello"),
        ),
        SHAPED: Covered(
            ask=lambda client: client.chat.completions.parse(
                model="m", messages=TURNS, response_format=City),
            answer=completion('{"name": "Oslo"}'),
            stream=lambda client: client.chat.completions.stream(
                model="m", messages=TURNS, response_format=City).__enter__(),
            pieces=[chunk('{"name"'), chunk(': "Oslo"}', "stop"), DONE],
            tool=completion(None, tool_calls=[CALL]), shows=says('{"name": "Oslo"}'),
        ),
        "responses": Covered(
            ask=lambda client: client.responses.create(model="m", input="Hi"),
            answer=json_answer(RESPONSE),
            stream=lambda client: client.responses.create(model="m", input="Hi", stream=True),
            pieces=[
                event({"type": "response.created", "sequence_number": 0,
                       "response": {**RESPONSE, "status": "in_progress", "output": []}}),
                event({"type": "response.output_text.delta", "sequence_number": 1, "delta": "Hello",
                       "output_index": 0, "content_index": 0, "item_id": "msg_1", "logprobs": []}),
                event({"type": "response.completed", "sequence_number": 2, "response": RESPONSE}),
            ],
            tool=json_answer({**RESPONSE, "output": [CALLED]}), shows=says("Hello"),
        ),
        "completions": Covered(
            ask=lambda client: client.completions.create(model="m", prompt="x"),
            answer=json_answer(text("Hello")),
            stream=lambda client: client.completions.create(model="m", prompt="x", stream=True),
            pieces=[event(text("Hel")), event(text("lo")), DONE], shows=says("Hello"),
        ),
        "embeddings": Covered(
            ask=lambda client: client.embeddings.create(
                model="m", input="a", encoding_format="float"),
            answer=json_answer({
                "object": "list", "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1},
                "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]}),
            stream=NO_STREAM,
            shows=lambda payload: payload.output_value == {"count": 1, "dimensions": 2},
        ),
        "images": Covered(
            ask=lambda client: client.images.generate(model="m", prompt="a cat"),
            answer=json_answer({"created": 1, "data": [{"b64_json": "iVBORw0K"}]}),
            stream=lambda client: client.images.generate(model="m", prompt="a cat", stream=True),
            pieces=[
                event({"type": "image_generation.partial_image", "b64_json": "iVBO",
                       "partial_image_index": 0, "created_at": 1, "size": "1024x1024",
                       "quality": "low", "background": "auto", "output_format": "png"}),
                event({"type": "image_generation.completed", "b64_json": "iVBORw0K",
                       "created_at": 1, "size": "1024x1024", "quality": "low",
                       "background": "auto", "output_format": "png", "usage": {
                           "input_tokens": 1, "output_tokens": 2, "total_tokens": 3}}),
            ],
            shows=lambda payload: payload.output_value["images"] == [{"bytes": 6}],
        ),
        "audio.speech": Covered(
            ask=lambda client: client.audio.speech.create(model="m", voice="alloy", input="Hi"),
            answer=Answer(content=b"sound", headers={"content-type": "audio/mpeg"}),
            stream="the client streams its bytes as a raw response, which has tests of its own",
            shows=lambda payload: payload.output_value == {
                "content_type": "audio/mpeg", "bytes": 5},
        ),
        "audio.transcriptions": Covered(
            ask=lambda client: client.audio.transcriptions.create(
                model="m", file=("a.wav", b"RIFF")),
            answer=json_answer({"text": "Imagine.", "usage": {"type": "duration", "seconds": 2}}),
            stream=lambda client: client.audio.transcriptions.create(
                model="m", file=("a.wav", b"RIFF"), stream=True),
            pieces=[
                event({"type": "transcript.text.delta", "delta": "Ima"}),
                event({"type": "transcript.text.done", "text": "Imagine."}),
            ],
            shows=lambda payload: payload.output_value == {"text": "Imagine."},
        ),
        "moderations": Covered(
            ask=lambda client: client.moderations.create(model="m", input="x"),
            answer=json_answer({"id": "modr-1", "model": "m", "results": [{"flagged": False}]}),
            stream=NO_STREAM,
            shows=lambda payload: payload.output_value == [{"flagged": False}],
        ),
        "batches": Covered(
            ask=lambda client: client.batches.create(
                input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h"),
            answer=json_answer({"id": "batch_1", "object": "batch", "status": "validating",
                                "input_file_id": "file-1", "completion_window": "24h",
                                "created_at": 1, "endpoint": "/v1/chat/completions"}),
            stream=NO_STREAM, tool="its answers come later, in a file",
            shows=lambda payload: payload.output_value["id"] == "batch_1",
        ),
    }  # fmt: skip

    def client(self, call: str, url: str, timeout_s: float) -> Any:
        kind, azure = openai.OpenAI, openai.AzureOpenAI
        return self.make(azure if "Azure" in call else kind, url, timeout_s)

    def aclient(self, call: str, url: str, timeout_s: float) -> Any:
        return self.make(openai.AsyncOpenAI, url, timeout_s)

    def make(self, kind: Any, url: str, timeout_s: float) -> Any:
        options: dict[str, Any] = {"api_key": "sk-fake", "max_retries": 0, "timeout": timeout_s}
        if kind is openai.AzureOpenAI:
            return kind(azure_endpoint=url, api_version="2024-10-21", **options)
        return kind(base_url=f"{url}/v1", **options)

    def refusal(self, status: int) -> Answer:
        return json_answer({"error": {"message": "No.", "code": "x"}}, status)
