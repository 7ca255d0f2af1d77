"""Usage that providers publish as examples, in buckets that add up and to the cent in money."""

from __future__ import annotations

from typing import Any

import pytest

from llmlog import Logger
from llmlog.testing.records import Records

pytest.importorskip("genai_prices")

EXAMPLES: dict[str, tuple[str, str, dict[str, Any], dict[str, int], float]] = {
    # platform.openai.com/docs/guides/prompt-caching; $2.50, cached $1.25, $10 a million.
    "openai, cached": (
        "openai", "gpt-4o-2024-08-06",
        {"object": "chat.completion", "model": "gpt-4o-2024-08-06", "choices": [], "usage": {
            "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920},
            "completion_tokens_details": {"reasoning_tokens": 0, "accepted_prediction_tokens": 0,
                                          "rejected_prediction_tokens": 0}}},
        {"input": 86, "cache_read": 1920, "output": 300, "total": 2306},
        86 * 2.50 + 1920 * 1.25 + 300 * 10,
    ),
    # developers.openai.com/api/docs/guides/reasoning; $1.10, $4.40 a million.
    "openai, reasoning": (
        "openai", "o4-mini",
        {"object": "response", "model": "o4-mini", "output": [], "usage": {
            "input_tokens": 75, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 1186, "output_tokens_details": {"reasoning_tokens": 1024},
            "total_tokens": 1261}},
        {"input": 75, "cache_read": 0, "output": 162, "reasoning": 1024, "total": 1261},
        75 * 1.10 + 1186 * 4.40,
    ),
    # platform.claude.com/docs/en/build-with-claude/prompt-caching; $3, read $0.30, written $3.75,
    # $15 a million.
    "anthropic, written": (
        "anthropic", "claude-sonnet-4-5",
        {"type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
         "usage": {"cache_creation_input_tokens": 188086, "cache_read_input_tokens": 0,
                   "input_tokens": 21, "output_tokens": 393}},
        {"input": 21, "cache_write": 188086, "cache_read": 0, "output": 393, "total": 188500},
        21 * 3 + 188086 * 3.75 + 393 * 15,
    ),
    "anthropic, read": (
        "anthropic", "claude-sonnet-4-5",
        {"type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
         "usage": {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 188086,
                   "input_tokens": 21, "output_tokens": 393}},
        {"input": 21, "cache_write": 0, "cache_read": 188086, "output": 393, "total": 188500},
        21 * 3 + 188086 * 0.30 + 393 * 15,
    ),
    # platform.claude.com/docs/en/build-with-claude/prompt-caching, "1-hour cache duration": what
    # was written is split by how long it is kept; an hour costs $6 a million.
    "anthropic, written for an hour": (
        "anthropic", "claude-sonnet-4-5",
        {"type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
         "usage": {"input_tokens": 2048, "cache_read_input_tokens": 1800,
                   "cache_creation_input_tokens": 248, "output_tokens": 503,
                   "cache_creation": {"ephemeral_5m_input_tokens": 148,
                                      "ephemeral_1h_input_tokens": 100}}},
        {"input": 2048, "cache_read": 1800, "cache_write": 248, "output": 503, "total": 4599},
        2048 * 3 + 1800 * 0.30 + 148 * 3.75 + 100 * 6 + 503 * 15,
    ),
    # ai.google.dev/gemini-api/docs/caching; $0.30, cached $0.03, $2.50 a million.
    "gemini, cached": (
        "gcp.gemini", "gemini-2.5-flash",
        {"candidates": [], "modelVersion": "gemini-2.5-flash", "usageMetadata": {
            "promptTokenCount": 696219, "cachedContentTokenCount": 696190,
            "candidatesTokenCount": 214, "totalTokenCount": 696433}},
        {"input": 29, "cache_read": 696190, "output": 214, "total": 696433},
        29 * 0.30 + 696190 * 0.03 + 214 * 2.50,
    ),
    # github.com/google-gemini/cookbook, quickstarts-js/Get_started_thinking.js: thoughts are beside
    # the answer, and cost what it costs (ai.google.dev/gemini-api/docs/pricing).
    "gemini, thoughts": (
        "gcp.gemini", "gemini-2.5-flash",
        {"candidates": [], "modelVersion": "gemini-2.5-flash", "usageMetadata": {
            "promptTokenCount": 62, "thoughtsTokenCount": 1236, "candidatesTokenCount": 535,
            "totalTokenCount": 1833}},
        {"input": 62, "reasoning": 1236, "output": 535, "total": 1833},
        62 * 0.30 + (1236 + 535) * 2.50,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_published_usage_adds_up_to_the_provider_s_bill(name: str) -> None:
    provider, model, response, buckets, micro_dollars = EXAMPLES[name]
    records = Records()
    with Logger(plugins=[records], environ={}, file=False) as records.logger:
        with records.logger.call(kind="chat", model=model, provider=provider) as call:
            call.finish(response)
        payload = records.one()
    usage, cost = payload.usage, payload.cost
    assert usage is not None
    made = {bucket: getattr(usage, f"{bucket}_tokens") for bucket in buckets}
    assert made == buckets
    raw = response.get("usage") or response["usageMetadata"]
    stated = raw.get("total_tokens") or raw.get("totalTokenCount") or buckets["total"]
    assert usage.total_tokens == stated
    assert cost is not None
    assert cost.total == pytest.approx(micro_dollars / 1e6, abs=1e-9)
    assert cost.input is not None
    assert cost.output is not None
    assert cost.input + cost.output == pytest.approx(cost.total, abs=1e-9)
