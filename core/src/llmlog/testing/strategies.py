"""Hypothesis strategies: payloads of every kind, status and awkwardness."""

from __future__ import annotations

from typing import Any

import attrs
from attrs import evolve
from hypothesis import strategies as st

from llmlog.message import Media, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Payload, Usage
from llmlog.testing.samples import SAMPLES, sample

_ODD = ("", "\x00", "\r\n", "\x1b[31m", "\u202e", "\u2028", "${x}", "{{7*7}}", "%s", "../../x", "'")

texts: st.SearchStrategy[str] = st.text(max_size=40) | st.sampled_from(_ODD)
"""Texts, odd ones among them; always valid Unicode."""

plain_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
"""Whatever may stand in a payload's JSON fields."""

parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, content=texts),
    st.builds(Reasoning, content=texts, signature=st.none() | texts),
    st.builds(ToolCall, name=texts, id=st.none() | texts, arguments=plain_values),
    st.builds(ToolResult, id=st.none() | texts, response=plain_values),
    st.builds(Media, modality=st.sampled_from(["image", "audio", "file"]),
              uri=st.none() | texts, content=st.none() | st.just("aGk=")),
    st.builds(Raw, value=plain_values),
)  # fmt: skip

messages: st.SearchStrategy[Message] = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]) | texts,
    parts=st.lists(parts, max_size=4),
    name=st.none() | texts,
    finish_reason=st.none() | st.sampled_from(["stop", "length", "tool_calls"]),
)

_counts = st.none() | st.integers(0, 10**9)
usages: st.SearchStrategy[Usage] = st.builds(
    Usage,
    **{item.name: _counts for item in attrs.fields(Usage) if item.name.endswith("_tokens")},
    origin=st.sampled_from(["provider", "estimated"]),
)


@st.composite
def payloads(draw: st.DrawFn) -> Payload:
    """Draw a payload: one of the samples with its content and owner drawn anew."""
    base = sample(draw(st.sampled_from(sorted(SAMPLES))))
    number = draw(st.integers(0, 2**62 - 1))
    return evolve(
        base,
        id=f"01a196fb-1600-7000-{0x8000 | number >> 48:04x}-{number & 0xFFFFFFFFFFFF:012x}",
        span_id=f"{number | 1:016x}",
        name=draw(st.none() | texts),
        request_model=draw(st.none() | texts),
        provider_name=draw(st.none() | texts),
        session_id=draw(st.none() | texts),
        user_id=draw(st.none() | texts),
        tags=tuple(draw(st.lists(texts, max_size=3))),
        metadata=draw(st.dictionaries(texts, plain_values, max_size=3)),
        parameters=draw(st.dictionaries(texts, plain_values, max_size=3)),
        input_messages=tuple(draw(st.lists(messages, max_size=3))),
        output_messages=tuple(draw(st.lists(messages, max_size=2))),
        input_value=draw(plain_values),
        output_value=draw(plain_values),
        usage=draw(st.none() | usages),
    )
