"""Pseudonyms: the same name for the same person, and no way back without the key."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import attrs
from attrs import evolve, frozen

from llmlog.payload import Change, Payload
from llmlog.secret import Secret

_FORM = re.compile(r"p-[0-9a-f]{24}")
Owner = Literal["user_id", "session_id", "team_id", "organization_id", "project_id"]
FIELDS: tuple[Owner, ...] = get_args(Owner)


@frozen(kw_only=True)
class PseudonymKeys:
    """A key for each owner, the value of the field `per`.

    An owner in `keys` has its own; any other one has one derived from `general`. Nobody joins what
    is under different keys, and what was under a destroyed one leads to nobody.
    """

    per: str | None = None
    keys: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)
    general: Secret | None = None

    def of(self, payload: Payload) -> Secret | None:
        """Return the key for a payload; None if there is none."""
        owner = getattr(payload, self.per) if self.per else None
        if owner is None:
            return self.general
        if owner in self.keys or self.general is None:
            return self.keys.get(owner)
        derived = hmac.new(self.general.reveal().encode(), f"per\0{owner}".encode(), "sha256")
        return Secret(derived.hexdigest())


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
