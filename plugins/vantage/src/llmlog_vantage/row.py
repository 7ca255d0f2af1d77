"""One call as one charge, in the columns of FOCUS that Vantage reads."""

from __future__ import annotations

from decimal import Decimal

from llmlog import Payload
from llmlog.encoding import dumps_text
from llmlog.instant import utc

COLUMNS = (
    "ChargeCategory", "ChargePeriodStart", "ChargePeriodEnd", "BilledCost", "BillingCurrency",
    "ConsumedQuantity", "ConsumedUnit", "ServiceName", "ServiceCategory", "ResourceId",
    "ResourceType", "Tags",
)  # fmt: skip


def _clean(text: str | None) -> str:
    """Return a text of one line, empty if there is none."""
    return "".join(sign if sign.isprintable() else " " for sign in text or "").strip()


def row(payload: Payload) -> dict[str, str]:
    """Return the charge of a call. A cost that is not known is 0, and the tag `cost` says so."""
    cost = payload.cost.total if payload.cost else None
    tokens = payload.usage.total_tokens if payload.usage else None
    start = utc(payload.timing.start_unix_ns)
    end = utc(payload.timing.end_unix_ns + 10**9)
    return {
        "ChargeCategory": "Usage",
        "ChargePeriodStart": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "ChargePeriodEnd": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "BilledCost": f"{Decimal(repr(cost or 0)):f}",
        "BillingCurrency": payload.cost.currency if payload.cost else "USD",
        "ConsumedQuantity": "" if tokens is None else str(tokens),
        "ConsumedUnit": "" if tokens is None else "Tokens",
        "ServiceName": _clean(payload.provider_name) or "unknown",
        "ServiceCategory": "AI and Machine Learning",
        "ResourceId": _clean(payload.model),
        "ResourceType": "Model" if _clean(payload.model) else "",
        "Tags": dumps_text(tags(payload)),
    }


def tags(payload: Payload) -> dict[str, str]:
    """Return who called and what for."""
    known = payload.cost is not None and payload.cost.total is not None
    own = {
        "call": payload.id, "kind": payload.kind, "status": payload.status,
        "user": payload.user_id, "team": payload.team_id, "organization": payload.organization_id,
        "project": payload.project_id, "session": payload.session_id,
        "key_alias": payload.key_alias, "environment": payload.environment,
        "service": payload.service_name, "tags": ",".join(payload.tags),
        "cost": "" if known else "unknown",
    }  # fmt: skip
    return {name: value[:256] for name, value in own.items() if value}
