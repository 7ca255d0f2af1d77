"""One call as one row of the dataset Cost and Usage. A null is an empty field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from llmlog import Payload, Usage
from llmlog.encoding import dumps_text
from llmlog.instant import utc

_HOUR_S = 3600
COMMON = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency",
    "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
    "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart",
    "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost", "InvoiceIssuerName",
    "ListCost", "PricingQuantity", "PricingUnit", "ResourceId", "ResourceName", "ResourceType",
    "ServiceCategory", "ServiceName", "ServiceSubcategory", "SubAccountId", "SubAccountName",
    "Tags",
)  # fmt: skip
OF_VERSION: Mapping[str, tuple[str, ...]] = {
    "1.2": ("ProviderName", "PublisherName"), "1.4": ("HostProviderName", "ServiceProviderName"),
}  # fmt: skip
OWN = ("x_CallId", "x_TraceId", "x_Kind", "x_Status", "x_InputTokens", "x_CacheReadTokens",
       "x_CacheWriteTokens", "x_OutputTokens", "x_ReasoningTokens", "x_CostUnknown",
       "x_PriceSource")  # fmt: skip


def columns(version: str) -> tuple[str, ...]:
    """Return the columns of a version of FOCUS, and our own."""
    return (*COMMON, *OF_VERSION[version], *OWN)


def period(payload: Payload) -> tuple[str, str]:
    """Return start and end of the billing period: the month of the call, its end exclusive."""
    start = _moment(payload.timing.start_unix_ns // 10**9)
    first = start.replace(day=1, hour=0, minute=0, second=0)
    return _text(first), _text((first + timedelta(days=32)).replace(day=1))


def row(payload: Payload, version: str) -> dict[str, object]:
    """Return the charge of a call. A cost that is not known is 0, and `x_CostUnknown` says so."""
    hour = payload.timing.start_unix_ns // 10**9 // _HOUR_S * _HOUR_S
    starts, ends = period(payload)
    provider, model, team = map(_clean, (payload.provider_name, payload.model, payload.team_id))
    made = {
        "BillingPeriodStart": starts, "BillingPeriodEnd": ends,
        "ChargePeriodStart": _text(_moment(hour)),
        "ChargePeriodEnd": _text(_moment(hour + _HOUR_S)),
        "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based",
        "ChargeDescription": " ".join(filter(None, (payload.kind, model, payload.status))),
        "ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI",
        "ServiceName": provider or "Unknown",
        "ResourceId": model, "ResourceName": model,
        "ResourceType": "Model" if model else None,
        "SubAccountId": team, "SubAccountName": team,
        "Tags": dumps_text(tags(payload)),
    }  # fmt: skip
    return {**made, **_money(payload), **_quantities(payload), **_names(payload, version)}


def _clean(text: str | None) -> str | None:
    """Return a text of one line; None if nothing is left."""
    signs = (sign if sign.isprintable() else " " for sign in text or "")
    return "".join(signs).strip() or None


def _moment(seconds: int) -> datetime:
    return utc(seconds * 10**9)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _money(payload: Payload) -> dict[str, object]:
    """Return the cost four times: no discount, no commitment and no list price is known here."""
    cost = payload.cost.total if payload.cost else None
    amount = f"{Decimal(repr(cost or 0)):f}"
    names = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
    return {
        **dict.fromkeys(names, amount),
        "BillingCurrency": payload.cost.currency if payload.cost else "USD",
        "x_CostUnknown": str(cost is None).lower(),
        "x_PriceSource": payload.cost.source if payload.cost else None,
    }


def _quantities(payload: Payload) -> dict[str, object]:
    usage = payload.usage or Usage()
    total, unit = usage.total_tokens, None if usage.total_tokens is None else "Tokens"
    return {
        "ConsumedQuantity": total, "ConsumedUnit": unit, "PricingQuantity": total,
        "PricingUnit": unit, "x_CallId": payload.id, "x_TraceId": payload.trace_id,
        "x_Kind": payload.kind, "x_Status": payload.status, "x_InputTokens": usage.input_tokens,
        "x_CacheReadTokens": usage.cache_read_tokens,
        "x_CacheWriteTokens": usage.cache_write_tokens, "x_OutputTokens": usage.output_tokens,
        "x_ReasoningTokens": usage.reasoning_tokens,
    }  # fmt: skip


def _names(payload: Payload, version: str) -> dict[str, object]:
    """Return who provides; where the model runs is not known."""
    provider = _clean(payload.provider_name) or "Unknown"
    made = {"InvoiceIssuerName": provider}
    if version == "1.2":
        return {**made, "ProviderName": provider, "PublisherName": provider}
    return {**made, "ServiceProviderName": provider, "HostProviderName": None}


def tags(payload: Payload) -> dict[str, str]:
    """Return who called and what for, flat."""
    own = {
        "user": payload.user_id, "organization": payload.organization_id,
        "project": payload.project_id, "session": payload.session_id,
        "key_alias": payload.key_alias, "environment": payload.environment,
        "service": payload.service_name, "tags": ",".join(payload.tags),
    }  # fmt: skip
    return {name: value for name, value in own.items() if value}
