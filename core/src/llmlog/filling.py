"""What a finished payload does not say, because who made it could not know it."""

from __future__ import annotations

from attrs import evolve

from llmlog.completion import Facts
from llmlog.payload import Cost, Payload

_FACTS = ("environment", "service_name", "release", "host_name", "sdk_version")


def filled(payload: Payload, facts: Facts) -> Payload:
    """Return a payload with the Logger's facts and prices where it has none of its own.

    One that names the `sdk_version` was completed once, and stays as it is.
    """
    if payload.sdk_version is not None:
        return payload
    absent = {name: getattr(facts, name) for name in _FACTS if getattr(payload, name) is None}
    return evolve(payload, cost=payload.cost or _cost(payload, facts), **absent)


def _cost(payload: Payload, facts: Facts) -> Cost | None:
    if payload.cache_hit:
        return Cost(total=0.0, source="cache")
    models, usage = (payload.response_model, payload.request_model), payload.usage
    return facts.prices.custom(models, usage) or facts.prices.listed(
        models, payload.provider_name, usage, payload.timing.start_unix_ns
    )
