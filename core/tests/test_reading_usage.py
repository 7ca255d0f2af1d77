"""Token counts land in disjoint buckets whose sum is the provider's total.

Each usage object is an example of its provider's documentation, as the parameter's name says.
"""

from __future__ import annotations

from typing import Any

import pytest

from llmlog.payload import Usage
from llmlog.reading import read_response


def usage_of(raw: dict[str, Any]) -> Usage:
    """Return the usage of a chat completion that has this usage object."""
    usage = read_response({"object": "chat.completion", "choices": [], "usage": raw}).usage
    assert usage is not None
    return usage


def buckets(usage: Usage) -> dict[str, int]:
    """Return the known buckets."""
    names = [name for name in dir(usage) if name.endswith("_tokens") and "total" not in name]
    return {name: getattr(usage, name) for name in names if getattr(usage, name) is not None}


OPENAI = {
    "chat reference": (
        {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29,
         "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
         "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0,
                                       "accepted_prediction_tokens": 0,
                                       "rejected_prediction_tokens": 0}},
        {"input_tokens": 19, "cache_read_tokens": 0, "input_audio_tokens": 0,
         "output_tokens": 10, "reasoning_tokens": 0, "output_audio_tokens": 0},
    ),
    "prompt caching guide": (
        {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
         "prompt_tokens_details": {"cached_tokens": 1920},
         "completion_tokens_details": {"reasoning_tokens": 0}},
        {"input_tokens": 86, "cache_read_tokens": 1920, "output_tokens": 300,
         "reasoning_tokens": 0},
    ),
    "realtime reference": (
        {"total_tokens": 253, "input_tokens": 132, "output_tokens": 121,
         "input_token_details": {
             "text_tokens": 119, "audio_tokens": 13, "image_tokens": 0, "cached_tokens": 64,
             "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0}},
         "output_token_details": {"text_tokens": 30, "audio_tokens": 91}},
        {"input_tokens": 55, "cache_read_tokens": 64, "input_audio_tokens": 13,
         "input_image_tokens": 0, "output_tokens": 30, "output_audio_tokens": 91},
    ),
    "responses reference": (
        {"input_tokens": 36, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 87,
         "output_tokens_details": {"reasoning_tokens": 20}, "total_tokens": 123},
        {"input_tokens": 36, "cache_read_tokens": 0, "output_tokens": 67, "reasoning_tokens": 20},
    ),
    "deepseek context caching": (
        {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105,
         "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36},
        {"input_tokens": 36, "cache_read_tokens": 64, "output_tokens": 5},
    ),
    "xai reasoning, counted apart": (
        {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
         "prompt_tokens_details": {"text_tokens": 32, "audio_tokens": 0, "image_tokens": 0,
                                   "cached_tokens": 6},
         "completion_tokens_details": {"reasoning_tokens": 94, "audio_tokens": 0}},
        {"input_tokens": 26, "cache_read_tokens": 6, "input_audio_tokens": 0,
         "input_image_tokens": 0, "output_tokens": 9, "reasoning_tokens": 94,
         "output_audio_tokens": 0},
    ),
    "embeddings reference": (
        {"prompt_tokens": 8, "total_tokens": 8},
        {"input_tokens": 8},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), OPENAI.values(), ids=OPENAI)
def test_openai_buckets_add_up(raw: dict[str, Any], expected: dict[str, int]) -> None:
    usage = usage_of(raw)
    assert buckets(usage) == expected
    assert usage.total_tokens == raw["total_tokens"]
    assert (usage.origin, usage.raw) == ("provider", raw)


def test_cached_audio_is_counted_once() -> None:
    details = {
        "cached_tokens": 60,
        "audio_tokens": 50,
        "cached_tokens_details": {"audio_tokens": 40},
    }
    usage = usage_of({"prompt_tokens": 100, "prompt_tokens_details": details})
    assert buckets(usage) == {
        "input_tokens": 30, "cache_read_tokens": 60, "input_audio_tokens": 10,
    }  # fmt: skip


def test_an_overlap_that_nobody_explains_is_not_counted_twice() -> None:
    details = {"cached_tokens": 80, "audio_tokens": 50}
    usage = usage_of({"prompt_tokens": 100, "prompt_tokens_details": details})
    assert buckets(usage) == {
        "input_tokens": 0, "cache_read_tokens": 80, "input_audio_tokens": 20,
    }  # fmt: skip


def test_more_reasoning_than_answer_is_clamped() -> None:
    usage = usage_of({"completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 9}})
    assert (usage.output_tokens, usage.reasoning_tokens) == (0, 5)


def test_written_cache_is_a_bucket() -> None:
    details = {"cached_tokens": 10, "cache_write_tokens": 30}
    usage = usage_of({"prompt_tokens": 100, "prompt_tokens_details": details})
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (60, 10, 30)


@pytest.mark.parametrize(
    "raw", [None, {}, [], "x", {"prompt_tokens": "5"}, {"prompt_tokens": True}]
)
def test_no_counts_no_usage(raw: Any) -> None:
    assert read_response({"choices": [], "usage": raw}).usage is None


def test_anthropic_counts_the_cache_apart() -> None:
    """The example of Anthropic's prompt caching page, with its thinking tokens."""
    raw = {"cache_creation_input_tokens": 248, "cache_read_input_tokens": 1800,
           "input_tokens": 2048, "output_tokens": 503, "service_tier": "standard",
           "output_tokens_details": {"thinking_tokens": 400}}  # fmt: skip
    reading = read_response({"type": "message", "role": "assistant", "content": [], "usage": raw})
    assert reading.usage is not None
    assert buckets(reading.usage) == {
        "input_tokens": 2048, "cache_read_tokens": 1800, "cache_write_tokens": 248,
        "output_tokens": 103, "reasoning_tokens": 400,
    }  # fmt: skip
    assert reading.usage.total_tokens == 248 + 1800 + 2048 + 503
    assert reading.service_tier == "standard"


def test_gemini_counts_thoughts_and_tool_prompts_apart() -> None:
    """The fields of `UsageMetadata` in the Gemini API reference; its total is their sum."""
    raw = {
        "promptTokenCount": 1000, "cachedContentTokenCount": 600, "toolUsePromptTokenCount": 50,
        "candidatesTokenCount": 200, "thoughtsTokenCount": 70, "totalTokenCount": 1320,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 700},
                                {"modality": "AUDIO", "tokenCount": 300}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 100},
                               {"modality": "TEXT", "tokenCount": 500}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 150}],
    }  # fmt: skip
    usage = read_response({"candidates": [], "usageMetadata": raw}).usage
    assert usage is not None
    assert buckets(usage) == {
        "input_tokens": 250, "cache_read_tokens": 600, "input_audio_tokens": 200,
        "output_tokens": 50, "output_image_tokens": 150, "reasoning_tokens": 70,
    }  # fmt: skip
    assert usage.total_tokens == raw["totalTokenCount"]


@pytest.mark.parametrize(
    ("cost", "total"),
    [(0.95, 0.95), ({"total_cost": 0.006, "currency": "USD"}, 0.006), ("0.95", None), (True, None)],
)
def test_the_cost_that_a_provider_reports(cost: Any, total: float | None) -> None:
    """OpenRouter says `usage.cost` as a number, Perplexity as an object."""
    raw = {"prompt_tokens": 194, "completion_tokens": 2, "cost": cost}
    assert read_response({"choices": [], "usage": raw}).cost_total == total
