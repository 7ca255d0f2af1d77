"""One call as one line of the Common Bill Format: numbers are decimal texts, no exponents.

https://docs.cloudzero.com/docs/anycost-common-bill-format-cbf
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

from llmlog import Payload
from llmlog.instant import utc
from llmlog.message import JSON

LONGEST = 256


def _moment(unix_ns: int) -> datetime:
    return utc(unix_ns).replace(microsecond=0)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def month(payload: Payload) -> str:
    """Return the month of a call, in UTC."""
    return f"{_moment(payload.timing.start_unix_ns):%Y-%m}"


def row(payload: Payload, account: str | None) -> dict[str, JSON]:
    """Return the line of a call. A cost that is not known is 0, and the tag `cost` says so."""
    cost = payload.cost.total if payload.cost else None
    tokens = payload.usage.total_tokens if payload.usage else None
    provider, model = payload.provider_name or "unknown", payload.model or "unknown"
    found = {
        "time/usage_start": _text(_moment(payload.timing.start_unix_ns)),
        "time/usage_end": _text(_moment(payload.timing.end_unix_ns) + timedelta(seconds=1)),
        "cost/cost": f"{Decimal(repr(cost or 0)):f}",
        "usage/amount": None if tokens is None else str(tokens),
        "usage/units": None if tokens is None else "tokens",
        "lineitem/id": payload.id,
        "lineitem/type": "Usage",
        "lineitem/description": f"{payload.kind} {payload.status}",
        "resource/id": f"{provider}/{model}",
        "resource/service": provider,
        "resource/account": account or payload.team_id,
        "resource/usage_family": model,
        "action/operation": payload.kind,
        "action/usage_type": payload.service_tier,
    }  # fmt: skip
    return {name: value[:LONGEST] for name, value in (found | tags(payload)).items() if value}


def tags(payload: Payload) -> dict[str, str | None]:
    """Return who called, as tags of the resource."""
    cost = payload.cost.total if payload.cost else None
    own = {
        "provider": payload.provider_name, "model": payload.model, "status": payload.status,
        "user": payload.user_id, "team": payload.team_id, "organization": payload.organization_id,
        "project": payload.project_id, "session": payload.session_id,
        "key_alias": payload.key_alias, "environment": payload.environment,
        "service": payload.service_name, "cost": "unknown" if cost is None else None,
        "currency": payload.cost.currency if payload.cost and cost is not None else None,
    }  # fmt: skip
    pairs = (tag.partition(":") for tag in payload.tags)
    free = {f"tag_{_key(name)}": value or "true" for name, _, value in pairs if _key(name)}
    return {f"resource/tag:{name}": value for name, value in (free | own).items()}


def _key(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_\-.]+", "_", text).strip("_")[:64]
