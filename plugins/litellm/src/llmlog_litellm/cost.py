"""What a call cost, in LiteLLM's own reckoning."""

from __future__ import annotations

from llmlog.bridging import items, mapping, text
from llmlog.payload import Cost
from llmlog_litellm.event import Event, Item, seconds


def cost_of(event: Event, version: str | None) -> Cost | None:
    """Return LiteLLM's cost. What it could not price is None with its reason, not 0."""
    said = event.standard
    total = seconds(said.get("response_cost"))
    if said.get("cache_hit") is True and not total:
        return Cost(total=0.0, source="cache")
    reason = _reason(said)
    if total is None or (not total and (reason or said.get("status") == "failure")):
        return Cost(reason=reason, source="litellm", version=version) if reason else None
    parts = mapping(said.get("cost_breakdown"))
    return Cost(
        total=total,
        input=seconds(parts.get("input_cost")),
        output=seconds(parts.get("output_cost")),
        source="litellm",
        version=version,
        model=text(mapping(said.get("model_map_information")).get("model_map_key")),
    )


def _reason(said: Item) -> str | None:
    debug = mapping(said.get("response_cost_failure_debug_info"))
    zero = mapping(said.get("zero_cost_diagnostic"))
    if text(zero.get("reason")):
        missing = ", ".join(map(str, items(zero.get("missing_pricing_keys"))))
        return f"{zero['reason']}: {missing}" if missing else text(zero.get("reason"))
    return text(debug.get("error_str"))


def saved(event: Event) -> float | None:
    """Return what a cached answer did not cost."""
    hit = event.standard.get("cache_hit") is True
    return seconds(event.standard.get("saved_cache_cost")) if hit else None
