"""Chunks of Gemini responses, each of them a whole response with a piece of the content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlog.message import JSON
from llmlog.reading.access import either, items, mapping

Item = Mapping[str, JSON]
_FACTS = ("usage_metadata", "model_version", "response_id", "prompt_feedback")


def assemble(chunks: Sequence[Item]) -> dict[str, JSON]:
    """Return the response that the chunks are of."""
    made: dict[str, JSON] = {}
    candidates: dict[int, dict[str, JSON]] = {}
    for chunk in chunks:
        for name in _FACTS:
            value = either(chunk, name)
            made.update({} if value is None else {name: value})
        for raw in items(chunk.get("candidates")):
            candidate = mapping(raw)
            index = candidate.get("index")
            _grow(candidates, index if isinstance(index, int) else 0, candidate)
    return {**made, "candidates": [candidates[index] for index in sorted(candidates)]}


def _grow(candidates: dict[int, dict[str, JSON]], index: int, candidate: Item) -> None:
    made = candidates.setdefault(index, {"content": {"role": "model", "parts": []}})
    reason = either(candidate, "finish_reason")
    if reason is not None:
        made["finish_reason"] = reason
    for part in items(mapping(candidate.get("content")).get("parts")):
        _append(made["content"]["parts"], mapping(part))


def _append(parts: list[dict[str, JSON]], part: Item) -> None:
    last = parts[-1] if parts else {}
    if _flows(last) and _flows(part) and bool(last.get("thought")) == bool(part.get("thought")):
        parts[-1] = {**last, **part, "text": last["text"] + part["text"]}
    else:
        parts.append(dict(part))


def _flows(part: Item) -> bool:
    return isinstance(part.get("text"), str)
