"""Request parameters under their convention's names, each in the type it must have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from llmlog.message import JSON


def _number(value: JSON) -> JSON:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _integer(value: JSON) -> JSON:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _text(value: JSON) -> JSON:
    return value if isinstance(value, str) else None


def _texts(value: JSON) -> JSON:
    values = [value] if isinstance(value, str) else value
    fits = isinstance(values, list) and values and all(isinstance(item, str) for item in values)
    return values if fits else None


def _several(value: JSON) -> JSON:
    count = _integer(value)
    return None if count == 1 else count


_NAMES: Mapping[str, tuple[Callable[[JSON], JSON], tuple[str, ...]]] = {
    "gen_ai.request.temperature": (_number, ("temperature",)),
    "gen_ai.request.top_p": (_number, ("top_p",)),
    "gen_ai.request.top_k": (_integer, ("top_k",)),
    "gen_ai.request.max_tokens": (
        _integer, ("max_tokens", "max_completion_tokens", "max_output_tokens")
    ),
    "gen_ai.request.choice.count": (_several, ("n", "candidate_count")),
    "gen_ai.request.seed": (_integer, ("seed",)),
    "gen_ai.request.frequency_penalty": (_number, ("frequency_penalty",)),
    "gen_ai.request.presence_penalty": (_number, ("presence_penalty",)),
    "gen_ai.request.stop_sequences": (_texts, ("stop_sequences", "stop")),
    "gen_ai.request.encoding_formats": (_texts, ("encoding_formats", "encoding_format")),
    "gen_ai.request.reasoning.level": (_text, ("reasoning_effort",)),
    "gen_ai.request.previous_response.id": (_text, ("previous_response_id",)),
    "gen_ai.embeddings.dimension.count": (_integer, ("dimensions",)),
}  # fmt: skip
_SAID = frozenset(word for _, words in _NAMES.values() for word in words)


def parameters(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the attributes of request parameters; those without a name of their own as JSON."""
    made: dict[str, JSON] = {
        name: next((read(given[word]) for word in words if given.get(word) is not None), None)
        for name, (read, words) in _NAMES.items()
    }
    rest = {word: value for word, value in given.items() if word not in _SAID}
    return made | {"llmlog.request.parameters": rest or None}
