"""Sample payloads: one of each kind that matters to a mapping, always equal.

Golden files are made of these. Times are fixed (2026-11-01 12:00:00 UTC and after), ids are
valid, nothing is random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve

from llmlog.message import Media, Message, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import (
    Attempt,
    ChunkTiming,
    Cost,
    Error,
    Guardrail,
    Payload,
    Timing,
    Usage,
)

START_UNIX_NS = 1_793_534_400_000_000_000
_MS = 1_000_000
_TRACE_ID = "01a196fb16007000a000000000000001"
_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look up the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def _id(number: int) -> str:
    return f"01a196fb-1600-7000-a000-{number:012x}"


def _chat() -> Payload:
    return Payload(
        id=_id(1),
        kind="chat",
        status="success",
        name="greet",
        timing=Timing(
            start_unix_ns=START_UNIX_NS,
            end_unix_ns=START_UNIX_NS + 1_250 * _MS,
            time_to_first_token_ns=None,
            queue_ns=2 * _MS,
            api_ns=1_240 * _MS,
        ),
        trace_id=_TRACE_ID,
        span_id="a000000000000001",
        provider_name="openai",
        request_model="gpt-4o-mini",
        response_model="gpt-4o-mini-2024-07-18",
        response_id="chatcmpl-example",
        server_address="api.openai.com",
        server_port=443,
        stream=False,
        parameters={"temperature": 0.2, "max_tokens": 64, "top_p": 1.0},
        input_messages=(
            Message(role="system", parts=[Text(content="Answer briefly.")]),
            Message(role="user", parts=[Text(content="Say hello to Zoë.")]),
        ),
        output_messages=(
            Message(role="assistant", parts=[Text(content="Hello, Zoë!")], finish_reason="stop"),
        ),
        usage=Usage(
            input_tokens=18, cache_read_tokens=6, output_tokens=5, reasoning_tokens=2,
            origin="provider", raw={"prompt_tokens": 24, "completion_tokens": 7},
        ),
        cost=Cost(total=0.0078, input=0.0036, output=0.0042, source="genai-prices",
                  version="0.2.3", model="gpt-4o-mini"),
        session_id="session-1",
        user_id="user-1",
        team_id="team-1",
        key_alias="checkout-key",
        key_hash="3b1c0e9a",
        prompt_name="greeting",
        prompt_version="3",
        tags=("checkout", "beta"),
        metadata={"order": 42, "nested": {"list": [1, "two", None]}},
        environment="production",
        service_name="shop",
        release="1.4.2",
        host_name="web-1",
        sdk_version="0.1.0",
    )  # fmt: skip


def _stream() -> Payload:
    return evolve(
        _chat(),
        id=_id(2),
        span_id="a000000000000002",
        stream=True,
        timing=Timing(start_unix_ns=START_UNIX_NS, end_unix_ns=START_UNIX_NS + 2_000 * _MS,
                      time_to_first_token_ns=310 * _MS),
        chunks=ChunkTiming(count=12, gap_p50_ns=40 * _MS, gap_p95_ns=90 * _MS,
                           gap_max_ns=1_100 * _MS, stalls=1),
    )  # fmt: skip


def _tools() -> Payload:
    call = ToolCall(id="call_1", name="get_weather", arguments={"city": "Oslo"})
    return evolve(
        _chat(),
        id=_id(3),
        span_id="a000000000000003",
        parent_span_id="a000000000000001",
        ancestor_ids=("01a196fb-1600-7000-a000-000000000001",),
        tools=(_TOOL,),
        input_messages=(
            Message(role="user", parts=[Text(content="Weather in Oslo and Rome?")]),
            Message(role="assistant", parts=[call]),
            Message(role="tool", parts=[ToolResult(id="call_1", response={"celsius": 4})]),
        ),
        output_messages=(
            Message(
                role="assistant",
                parts=[
                    Reasoning(content="Rome is still missing."),
                    ToolCall(id="call_2", name="get_weather", arguments={"city": "Rome"}),
                ],
                finish_reason="tool_calls",
            ),
        ),
    )


def _media() -> Payload:
    image = Media(modality="image", mime_type="image/png", content="iVBORw0KGgo=")
    link = Media(modality="image", uri="https://example.com/cat.png")
    question = Message(role="user", parts=[Text(content="What is this?"), image, link])
    return evolve(_chat(), id=_id(4), span_id="a000000000000004", input_messages=(question,))


def _failure() -> Payload:
    error = Error(
        type="RateLimitError", message="Rate limit reached for gpt-4o-mini", status_code=429,
        code="rate_limit_exceeded", request_id="req_example", retryable=True,
        stacktrace="Traceback (most recent call last):\n  RateLimitError: Rate limit reached",
    )  # fmt: skip
    first = Attempt(
        number=1, status="failure", provider_name="openai", model="gpt-4o-mini",
        start_unix_ns=START_UNIX_NS, end_unix_ns=START_UNIX_NS + 400 * _MS, error=error,
    )  # fmt: skip
    second = evolve(
        first, number=2, reason="retry",
        start_unix_ns=START_UNIX_NS + 900 * _MS, end_unix_ns=START_UNIX_NS + 1_250 * _MS,
    )  # fmt: skip
    return evolve(
        _chat(), id=_id(5), span_id="a000000000000005", status="failure", error=error,
        attempts=(first, second), output_messages=(), usage=None, cost=None,
        response_model=None, response_id=None,
    )  # fmt: skip


def _aborted() -> Payload:
    partial = Message(role="assistant", parts=[Text(content="Hel")])
    return evolve(
        _stream(), id=_id(6), span_id="a000000000000006", status="aborted",
        output_messages=(partial,), cost=None,
        usage=Usage(input_tokens=24, output_tokens=1, origin="estimated"),
    )  # fmt: skip


def _blocked() -> Payload:
    verdict = Guardrail(name="prompt-shield", verdict="blocked", reason="injection",
                        duration_ns=3 * _MS)  # fmt: skip
    return evolve(
        _failure(), id=_id(7), span_id="a000000000000007", status="blocked", attempts=(),
        guardrails=(verdict,), error=Error(type="Blocked", message="injection", retryable=False),
    )  # fmt: skip


def _embedding() -> Payload:
    return evolve(
        _chat(), id=_id(8), span_id="a000000000000008", kind="embedding", name=None,
        request_model="text-embedding-3-small", response_model="text-embedding-3-small",
        input_messages=(), output_messages=(), input_value=["first text", "second text"],
        output_value={"count": 2, "dimensions": 1536}, parameters={"dimensions": 1536},
        usage=Usage(input_tokens=4, origin="provider"),
    )  # fmt: skip


def _cached() -> Payload:
    return evolve(
        _chat(), id=_id(9), span_id="a000000000000009", cache_hit=True, cache_key="k-1",
        cost=Cost(total=0.0, source="settings"), cost_saved=0.0078,
    )  # fmt: skip


def _bare() -> Payload:
    return Payload(
        id=_id(10), kind="tool", status="success", trace_id=_TRACE_ID,
        span_id="a00000000000000a", timing=Timing(start_unix_ns=START_UNIX_NS,
                                                  end_unix_ns=START_UNIX_NS),
    )  # fmt: skip


SAMPLES: Mapping[str, Callable[[], Payload]] = {
    "chat": _chat,
    "stream": _stream,
    "tools": _tools,
    "media": _media,
    "failure": _failure,
    "aborted": _aborted,
    "blocked": _blocked,
    "embedding": _embedding,
    "cached": _cached,
    "bare": _bare,
}


def sample(name: str = "chat") -> Payload:
    """Return one sample by name; raise `KeyError` for an unknown one."""
    return SAMPLES[name]()
