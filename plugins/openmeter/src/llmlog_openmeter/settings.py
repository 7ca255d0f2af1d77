"""Which OpenMeter, and whose usage."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from llmlog import Secret, env

Owner = Literal["user_id", "team_id", "organization_id", "project_id", "key_alias", "session_id"]


@frozen(kw_only=True)
class Settings:
    """One OpenMeter, of its cloud, of Kong Konnect or your own."""

    api_key: Secret = env("OPENMETER_API_KEY", help="API key, or Konnect token")
    url: str = env(
        "OPENMETER_API_ENDPOINT", "OPENMETER_URL", default="https://openmeter.cloud",
        help="such as https://us.api.konghq.com, or http://localhost:8888/api of your own, for v3",
    )  # fmt: skip
    api: Literal["v1", "v3"] = env(default="v1", help="v3 is that of Konnect")
    event_type: str = env(
        "OPENMETER_EVENT_TYPE", default="llm_call", help="type that meters look for"
    )
    source: str = env(default="llmlog", help="keep it: events are told apart by source and id")
    subject_by: Owner = env(
        default="user_id",
        help="which field is the subject: user_id, team_id, organization_id, project_id,"
        " key_alias or session_id",
    )
    default_subject: str | None = env(
        default=None, help="for calls without it; unset: they are rejected, with that reason"
    )

    @property
    def address(self) -> str:
        """Return the whole address."""
        path = "/v3/openmeter/events" if self.api == "v3" else "/api/v1/events"
        return self.url.rstrip("/") + path
