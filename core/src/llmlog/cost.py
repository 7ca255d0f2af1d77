"""Tokens to money: the user's own prices first, then the price library (extra `llmlog[cost]`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict

from attrs import field, frozen

from llmlog.guard import describe, guarded
from llmlog.mould import mould
from llmlog.payload import Cost, Usage
from llmlog.rate import rates_of

_cost: Final = mould(Cost)
_MILLION = 1_000_000
_RATES_FOR_NS: Final = 300 * 10**9

Models = tuple[str | None, str | None]
"""The model that answered, and the one that was asked for."""


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

    def custom(self, models: Models, usage: Usage | None) -> Cost | None:
        """Return the cost by the user's own prices, None if there is none for the models."""
        if not self.table or usage is None:
            return None
        name = next((name for name in models if name is not None and name in self.table), None)
        if name is None:
            return None
        price = self.table[name]
        incoming, outgoing = _incoming(usage, price), _outgoing(usage, price)
        return Cost(total=incoming + outgoing, input=incoming, output=outgoing,
                    source="settings", model=name)  # fmt: skip

    def listed(
        self, models: Models, provider: str | None, usage: Usage | None, at_unix_ns: int
    ) -> Cost | None:
        """Return the cost by the price library; unknown is None with a reason."""
        if usage is None or models == (None, None):
            return None
        return guarded(_listed, models, provider, usage, at_unix_ns,
                       otherwise=lambda problem: Cost(reason=_why(problem)))  # fmt: skip


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


def _listed(models: Models, provider: str | None, usage: Usage, at_unix_ns: int) -> Cost:
    """Return the cost of a call by the rates of its model, which are looked up now and then."""
    rates = rates_of(*models, provider, at_unix_ns // _RATES_FOR_NS * _RATES_FOR_NS)
    incoming, outgoing, total = rates.price(usage, at_unix_ns)
    return _cost(
        total=total, input=incoming, output=outgoing,
        source="genai-prices", version=rates.version, model=rates.model,
    )  # fmt: skip
