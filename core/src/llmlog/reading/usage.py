"""Providers' token counts into disjoint buckets, whose sum is the provider's total.

OpenAI counts cached, written, audio and image tokens within the prompt, and reasoning and audio
within the completion. Anthropic counts cache reads and writes apart from `input_tokens`. Gemini
counts cached tokens within the prompt, thoughts and tool prompts apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog.message import JSON
from llmlog.mould import mould
from llmlog.payload import Usage
from llmlog.reading.access import count, either, items, mapping

Item = Mapping[str, JSON]
_usage_of = mould(Usage)
_TOTALS = {"prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens"}


def split(total: int | None, *parts: int | None) -> list[int | None]:
    """Return what is left of `total`, then the parts; later parts shrink so that none is twice."""
    if total is None:
        return [None, *parts]
    made: list[int | None] = []
    for part in parts:
        taken = None if part is None else min(part, total)
        total -= taken or 0
        made.append(taken)
    return [total, *made]


def _first(raw: Item, *names: str) -> int | None:
    for name in names:
        if type(number := raw.get(name)) is int and number >= 0:
            return number
        if (number := count(either(raw, name))) is not None:
            return number
    return None


def _details(raw: Item, *names: str) -> Item:
    for name in names:
        if found := mapping(raw.get(name)):
            return found
    return {}


def _less(whole: int | None, part: int | None) -> int | None:
    return whole if whole is None or part is None else max(0, whole - part)


def openai_usage(raw: Item) -> Usage | None:
    """Read the usage of any OpenAI endpoint, and of those who speak its language."""
    prompt = _first(raw, "prompt_tokens", "input_tokens")
    answer = _first(raw, "completion_tokens", "output_tokens")
    if prompt is None and answer is None:
        return None
    if raw.keys() <= _TOTALS:
        return _usage_of(
            input_tokens=prompt, output_tokens=answer, origin="provider", raw=dict(raw)
        )
    into = _details(raw, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    out = _details(
        raw, "completion_tokens_details", "output_tokens_details", "output_token_details"
    )
    incoming = split(
        prompt,
        _first({**raw, **into}, "cached_tokens", "prompt_cache_hit_tokens"),
        count(into.get("cache_write_tokens")),
        *(_uncached(into, modality) for modality in ("audio", "image")),
    )
    reasoning = count(out.get("reasoning_tokens"))
    outgoing = split(
        _whole_answer(raw, prompt, answer, reasoning),
        reasoning,
        count(out.get("audio_tokens")),
        count(out.get("image_tokens")),
    )
    return _usage(raw, incoming, outgoing)


def _uncached(details: Item, modality: str) -> int | None:
    cached = mapping(details.get("cached_tokens_details")).get(f"{modality}_tokens")
    return _less(count(details.get(f"{modality}_tokens")), count(cached))


def _whole_answer(
    raw: Item, prompt: int | None, answer: int | None, reasoning: int | None
) -> int | None:
    """Add reasoning to the answer where the provider's total says that it is not in there."""
    total = count(raw.get("total_tokens"))
    if not reasoning or answer is None or total != (prompt or 0) + answer + reasoning:
        return answer
    return answer + reasoning


def anthropic_usage(raw: Item) -> Usage | None:
    """Read the usage of an Anthropic message."""
    fresh, answer = count(raw.get("input_tokens")), count(raw.get("output_tokens"))
    if fresh is None and answer is None:
        return None
    thought = count(mapping(raw.get("output_tokens_details")).get("thinking_tokens"))
    read, written = (count(raw.get(f"cache_{name}_input_tokens")) for name in ("read", "creation"))
    incoming = [fresh, read, written, None, None]
    return _usage(raw, incoming, [*split(answer, thought), None, None])


def gemini_usage(raw: Item) -> Usage | None:
    """Read the usage metadata of a Gemini response."""
    prompt, answer = _first(raw, "prompt_token_count"), _first(raw, "candidates_token_count")
    if prompt is None and answer is None:
        return None
    into, cached, out = (
        _modalities(either(raw, f"{name}_tokens_details"))
        for name in ("prompt", "cache", "candidates")
    )
    tools = _first(raw, "tool_use_prompt_token_count") or 0
    incoming = split(
        None if prompt is None else prompt + tools,
        _first(raw, "cached_content_token_count"),
        None,
        *(_less(into.get(name), cached.get(name)) for name in ("AUDIO", "IMAGE")),
    )
    left, *media = split(answer, out.get("AUDIO"), out.get("IMAGE"))
    return _usage(raw, incoming, [left, _first(raw, "thoughts_token_count"), *media])


def _modalities(details: JSON) -> dict[str, int]:
    rows = [mapping(row) for row in items(details)]
    return {str(row.get("modality")): count(either(row, "token_count")) or 0 for row in rows}


def _usage(raw: Item, incoming: list[int | None], outgoing: list[int | None]) -> Usage:
    fresh, read, written, audio_in, image_in = incoming
    answer, reasoning, audio_out, image_out = outgoing
    return _usage_of(
        input_tokens=fresh, cache_read_tokens=read, cache_write_tokens=written,
        input_audio_tokens=audio_in, input_image_tokens=image_in,
        output_tokens=answer, reasoning_tokens=reasoning,
        output_audio_tokens=audio_out, output_image_tokens=image_out,
        origin="provider", raw=dict(raw),
    )  # fmt: skip
