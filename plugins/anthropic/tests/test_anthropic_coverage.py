"""What the instrumentor sees: every type of call, ended in every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anthropic

from llmlog import Reasoning
from llmlog.testing import Answer, CoverageContract, Covered
from llmlog.testing.wire import event, json_answer
from llmlog_anthropic import instrumentor

ASK: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 64,
                       "messages": [{"role": "user", "content": "Hi"}]}  # fmt: skip
TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}
THINKING = {"type": "enabled", "budget_tokens": 1024}
CACHED = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
USAGE = {"input_tokens": 21, "output_tokens": 9, "cache_read_input_tokens": 1000,
         "cache_creation_input_tokens": 300}  # fmt: skip
WORDS = {"type": "text", "text": "Hello"}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}
TOOL_USE = {"type": "tool_use", "id": "t-1", "name": "get_weather", "input": {"city": "Oslo"}}


def message(*content: Any) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
            "content": list(content), "stop_reason": "end_turn", "stop_sequence": None,
            "usage": USAGE}  # fmt: skip


def pieces(empty: Any, *deltas: Any) -> list[bytes]:
    begun = {**message(), "stop_reason": None}
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    return [event(one) for one in (
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    )]  # fmt: skip


SPOKEN = pieces({"type": "text", "text": ""}, {"type": "text_delta", "text": "Hello"})
THOUGHTS = pieces({"type": "thinking", "thinking": "", "signature": ""},
                  {"type": "thinking_delta", "thinking": "Hm."},
                  {"type": "signature_delta", "signature": "EqQB"})  # fmt: skip


def create(**more: Any) -> Any:
    return lambda client: client.messages.create(**{**ASK, **more})


def covered(answer: Any, streamed: list[bytes], shows: Any, **more: Any) -> Covered:
    return Covered(
        ask=create(**more), answer=json_answer(answer), stream=create(stream=True, **more),
        pieces=streamed, tool=json_answer(message(TOOL_USE)), shows=shows,
    )  # fmt: skip


class TestCoverage(CoverageContract):
    instrumentor = instrumentor
    table = Path(__file__).parent / "coverage.json"
    calls = {
        "messages.create": covered(
            message(WORDS), SPOKEN, lambda payload: payload.output_messages[0].text == "Hello"
        ),
        "messages.stream": Covered(
            ask=lambda client: client.messages.create(**ASK),
            answer=json_answer(message(WORDS)),
            stream=lambda client: client.messages.stream(**ASK).__enter__(),
            pieces=SPOKEN,
            tool=json_answer(message(TOOL_USE)),
        ),
        "messages, tools": covered(
            message(WORDS), SPOKEN, lambda payload: payload.tools == (TOOL,), tools=[TOOL]
        ),
        "messages, thinking": covered(
            message(THOUGHT, WORDS), THOUGHTS,
            lambda payload: payload.output_messages[0].parts[0] == Reasoning(
                content="Hm.", signature="EqQB"),
            thinking=THINKING,
        ),
        "messages, cache": covered(
            message(WORDS), SPOKEN,
            lambda payload: payload.usage.cache_read_tokens == 1000
            and payload.usage.cache_write_tokens == 300,
            system=CACHED,
        ),
    }  # fmt: skip

    def client(self, call: str, url: str, timeout_s: float) -> Any:
        return anthropic.Anthropic(
            base_url=url, api_key="sk-ant-fake", max_retries=0, timeout=timeout_s
        )

    def aclient(self, call: str, url: str, timeout_s: float) -> Any:
        return anthropic.AsyncAnthropic(
            base_url=url, api_key="sk-ant-fake", max_retries=0, timeout=timeout_s
        )

    def refusal(self, status: int) -> Answer:
        error = {"type": "api_error", "message": "No."}
        return json_answer({"type": "error", "error": error}, status)
