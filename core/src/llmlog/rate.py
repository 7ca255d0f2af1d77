"""What a token costs by the price library: looked up once per model and five minutes.

A look-up takes the library some 300 microseconds. Where its prices are linear in each bucket of
tokens, as nearly all are, a few look-ups give the rates, and a call costs six multiplications that
are as exact as the library's own. Where they are not (prices in tiers), it is asked for each call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from attrs import frozen

from llmlog.fork import IMPORTING
from llmlog.payload import Usage

_FEW, _MANY = 1_000, 10_000_000
_PARTS: Final = 10**15
_BUCKETS: Final[tuple[tuple[str, ...], ...]] = (
    ("input_tokens",),
    ("input_tokens", "cache_read_tokens"),
    ("input_tokens", "cache_write_tokens"),
    ("input_tokens", "input_audio_tokens"),
    ("output_tokens",),
    ("output_tokens", "output_audio_tokens"),
)
"""The library counts special tokens in the whole as well; each bucket is asked for by itself."""

_INPUT: Final = "input_tokens"
_LONG: Final = "cache_write_1h_tokens"


@frozen(kw_only=True, eq=False)
class Rates:
    """The prices of one model at one time.

    `buckets` are those of a token that goes in and of one that comes out, in units of which
    `parts` make one USD: whole numbers, as exact as decimals. None if prices are not linear.
    """

    model: str
    version: str
    reference: str
    provider: str | None
    buckets: tuple[tuple[int, int], ...] | None
    parts: int = 1

    def price(self, usage: Usage, unix_ns: int) -> tuple[float, float, float]:
        """Return what the tokens that went in, that came out, and all of them cost, in USD."""
        kept = _kept_long(usage)
        if self.buckets is None or kept:
            counts = {**_counts(usage), **kept}
            found = _asked(self.reference, self.provider, unix_ns, counts)
            incoming, outgoing = found.input_price, found.output_price
            return float(incoming), float(outgoing), float(incoming + outgoing)
        into = out = 0
        for tokens, (input_price, output_price) in zip(_split(usage), self.buckets, strict=True):
            if tokens:
                into += tokens * input_price
                out += tokens * output_price
        return into / self.parts, out / self.parts, (into + out) / self.parts


def _split(usage: Usage) -> tuple[int, ...]:
    """Return the tokens by bucket of the library, which knows neither images nor reasoning."""
    return (
        (usage.input_tokens or 0) + (usage.input_image_tokens or 0),
        usage.cache_read_tokens or 0,
        usage.cache_write_tokens or 0,
        usage.input_audio_tokens or 0,
        (usage.output_tokens or 0) + (usage.reasoning_tokens or 0)
        + (usage.output_image_tokens or 0),
        usage.output_audio_tokens or 0,
    )  # fmt: skip


def _counts(usage: Usage) -> dict[str, int]:
    counts = {
        "input_tokens": usage.total_input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "input_audio_tokens": usage.input_audio_tokens,
        "output_tokens": usage.total_output_tokens,
        "output_audio_tokens": usage.output_audio_tokens,
    }
    return {name: count for name, count in counts.items() if count is not None}


def _kept_long(usage: Usage) -> dict[str, int]:
    """Return how many tokens Anthropic was asked to keep for an hour, which costs more."""
    kept = usage.raw.get("cache_creation") if usage.raw else None
    if kept is None:
        return {}
    count = kept.get(f"ephemeral_1h_{_INPUT}") if isinstance(kept, Mapping) else None
    return {_LONG: count} if isinstance(count, int) and count else {}


def rates_of(
    response_model: str | None, request_model: str | None, provider: str | None, unix_ns: int
) -> Rates:
    """Return the rates of the answering model, else of the one asked for.

    Raises `LookupError` for models without a price, `ImportError` without a library.
    """
    found = _found(response_model, request_model, provider, unix_ns)
    if found is None:
        raise LookupError
    return found


@lru_cache(maxsize=512)
def _found(
    response_model: str | None, request_model: str | None, provider: str | None, unix_ns: int
) -> Rates | None:
    """Find the model at the provider, else by name alone; None, remembered as well, if unknown."""
    for model in dict.fromkeys(filter(None, (response_model, request_model))):
        for place in dict.fromkeys((provider, None)):
            try:
                return _rates(model, place, unix_ns)
            except LookupError:
                continue
    return None


@cache
def _library() -> Any:
    """Return the library, None if it is not there: a search for it takes long enough to do once."""
    try:
        with IMPORTING:
            import genai_prices
    except ModuleNotFoundError:
        return None
    return genai_prices


def _rates(model: str, provider: str | None, unix_ns: int) -> Rates:
    found = _asked(model, provider, unix_ns, {"input_tokens": 1})
    few, many = (
        [_asked(model, provider, unix_ns, dict.fromkeys(names, size)) for names in _BUCKETS]
        for size in (_FEW, _MANY)
    )
    pairs = [(low.input_price / _FEW, low.output_price / _FEW) for low in few]
    linear = all(
        (low.input_price * _MANY, low.output_price * _MANY)
        == (high.input_price * _FEW, high.output_price * _FEW)
        for low, high in zip(few, many, strict=True)
    )  # fmt: skip
    return Rates(
        model=found.model.id, version=_library().__version__, reference=model, provider=provider,
        buckets=tuple((int(into * _PARTS), int(out * _PARTS)) for into, out in pairs)
        if linear and _whole(pairs) else None,
        parts=_PARTS,
    )  # fmt: skip


def _whole(pairs: Iterable[tuple[Decimal, Decimal]]) -> bool:
    """Say whether all prices are whole numbers of the parts that are counted in."""
    return all(price * _PARTS % 1 == 0 for pair in pairs for price in pair)


def _asked(model: str, provider: str | None, unix_ns: int, counts: Mapping[str, int]) -> Any:
    library = _library()
    if library is None:
        message = "no price library"
        raise ModuleNotFoundError(message)
    when = datetime.fromtimestamp(unix_ns / 1e9, tz=timezone.utc)
    return library.calc_price(
        _as_usage(library, counts), model_ref=model, provider_id=provider,
        genai_request_timestamp=when,
    )  # fmt: skip


def _as_usage(library: Any, counts: Mapping[str, int]) -> Any:
    """Return the library's usage; an older one knows one price of writing alone."""
    try:
        return library.Usage(**counts)
    except TypeError:
        return library.Usage(**{name: count for name, count in counts.items() if name != _LONG})
