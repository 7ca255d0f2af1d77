"""Pseudonyms: the same name for the same person, and no way back without the key."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from llmlog.payload import Change, Payload
from llmlog.secret import Secret

_FORM = re.compile(r"p-[0-9a-f]{24}")
FIELDS = ("user_id", "session_id", "team_id", "organization_id", "project_id")


def pseudonym(key: Secret, field: str, value: str) -> str:
    """Return the pseudonym of a field's value: HMAC-SHA-256 under the key, 96 bits of it."""
    seal = hmac.new(key.reveal().encode(), f"{field}\0{value}".encode(), "sha256")
    return f"p-{seal.hexdigest()[:24]}"


def with_pseudonyms(
    payload: Payload, fields: Sequence[str], key: Secret | None, policy: str
) -> Payload:
    """Return the payload with these fields' values replaced; without a key they are hidden.

    A replay comes here a second time: what was replaced before stays as it is.
    """
    made: dict[str, Any] = {}
    done = {change.path for change in payload.changes if change.rule == "pseudonym"}
    for field in fields:
        value = getattr(payload, field)
        if value is not None and not (field in done and _FORM.fullmatch(str(value))):
            made[field] = pseudonym(key, field, str(value)) if key else "[hidden]"
    receipts = (Change(path=field, action="replaced", rule="pseudonym", policy=policy)
                for field in made)  # fmt: skip
    return evolve(payload, **made, changes=(*payload.changes, *receipts)) if made else payload
