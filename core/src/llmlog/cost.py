"""Tokens to money: the user's own prices first, then the price library (extra `llmlog[cost]`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, TypedDict

from attrs import field, frozen

from llmlog.fork import IMPORTING
from llmlog.guard import describe, guarded
from llmlog.payload import Cost, Payload, Usage

_MILLION = 1_000_000


class Price(TypedDict, total=False):
    """USD per million tokens of a bucket; what is absent costs as `input` or `output` does."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    input_audio: float
    output_audio: float
    reasoning: float


@frozen
class Prices:
    """Where costs come from. `table` maps model names to the user's own prices."""

    table: Mapping[str, Price] = field(factory=dict)

    def custom(self, payload: Payload) -> Cost | None:
        """Return the cost by the user's own prices, None if there is none for the model."""
        names = [name for name in (payload.response_model, payload.request_model)
                 if name is not None and name in self.table]  # fmt: skip
        if not names or payload.usage is None:
            return None
        name, price = names[0], self.table[names[0]]
        incoming, outgoing = _incoming(payload.usage, price), _outgoing(payload.usage, price)
        return Cost(total=incoming + outgoing, input=incoming, output=outgoing,
                    source="settings", model=name)  # fmt: skip

    def listed(self, payload: Payload) -> Cost | None:
        """Return the cost by the price library; unknown is None with a reason."""
        if payload.usage is None or payload.model is None:
            return None
        return guarded(_listed, payload, otherwise=lambda problem: Cost(reason=_why(problem)))


def _incoming(usage: Usage, price: Price) -> float:
    base = price.get("input", 0.0)
    return (
        (usage.input_tokens or 0) * base
        + (usage.cache_read_tokens or 0) * price.get("cache_read", base)
        + (usage.cache_write_tokens or 0) * price.get("cache_write", base)
        + (usage.input_audio_tokens or 0) * price.get("input_audio", base)
        + (usage.input_image_tokens or 0) * base
    ) / _MILLION


def _outgoing(usage: Usage, price: Price) -> float:
    base = price.get("output", 0.0)
    return (
        (usage.output_tokens or 0) * base
        + (usage.reasoning_tokens or 0) * price.get("reasoning", base)
        + (usage.output_audio_tokens or 0) * price.get("output_audio", base)
        + (usage.output_image_tokens or 0) * base
    ) / _MILLION


def _why(problem: BaseException) -> str:
    if isinstance(problem, ModuleNotFoundError):
        return "no price library: pip install 'llmlog[cost]'"
    if isinstance(problem, LookupError):
        return "no price for this model"
    return describe(problem)


def _listed(payload: Payload) -> Cost:
    with IMPORTING:
        import genai_prices

    usage = payload.usage
    assert usage is not None  # noqa: S101  # `listed` looked
    found = _first_match(genai_prices, payload, _counts(genai_prices.Usage, usage))
    return Cost(
        total=float(found.total_price),
        input=float(found.input_price),
        output=float(found.output_price),
        source="genai-prices",
        version=genai_prices.__version__,
        model=found.model.id,
    )


def _counts(kind: Any, usage: Usage) -> Any:
    counts = {
        "input_tokens": usage.total_input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "input_audio_tokens": usage.input_audio_tokens,
        "output_tokens": usage.total_output_tokens,
        "output_audio_tokens": usage.output_audio_tokens,
    }
    known = {name: count for name, count in counts.items() if count is not None}
    try:
        return kind(**known, **_long_kept(usage))
    except TypeError:  # an older library, which knows one price of writing alone
        return kind(**known)


def _long_kept(usage: Usage) -> dict[str, int]:
    """Return how many tokens Anthropic was asked to keep for an hour, which costs more."""
    kept = (usage.raw or {}).get("cache_creation")
    count = kept.get("ephemeral_1h_input_tokens") if isinstance(kept, Mapping) else None
    return {"cache_write_1h_tokens": count} if isinstance(count, int) and count else {}


def _first_match(library: Any, payload: Payload, usage: Any) -> Any:
    """Price the answering model, else the one asked for; at the provider, else by name alone."""
    when = datetime.fromtimestamp(payload.timing.start_unix_ns / 1e9, tz=timezone.utc)
    models = dict.fromkeys(filter(None, (payload.response_model, payload.request_model)))
    providers = dict.fromkeys((payload.provider_name, None))
    for model in models:
        for provider in providers:
            try:
                return library.calc_price(
                    usage, model_ref=model, provider_id=provider, genai_request_timestamp=when
                )
            except LookupError:
                continue
    raise LookupError
