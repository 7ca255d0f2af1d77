"""Which Lago, whose subscription, and which billable metric."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from llmlog import Secret, env

Owner = Literal["user_id", "team_id", "organization_id", "project_id", "key_alias", "session_id"]


@frozen(kw_only=True)
class Settings:
    """One organization of Lago."""

    api_key: Secret = env("LAGO_API_KEY", help="of the organization")
    url: str = env(
        "LAGO_API_URL", "LAGO_API_BASE", default="https://api.getlago.com",
        help="of your own Lago; https://api.eu.getlago.com in Europe",
    )  # fmt: skip
    code: str = env("LAGO_API_EVENT_CODE", default="llm_tokens", help="of the billable metric")
    charge_by: Owner = env(
        "LAGO_API_CHARGE_BY", default="user_id",
        help="which field is the subscription: user_id, team_id, organization_id, project_id,"
        " key_alias or session_id",
    )  # fmt: skip
    default_subscription: str | None = env(
        default=None, help="for calls without it; unset: they are rejected, with that reason"
    )
