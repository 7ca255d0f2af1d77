"""Where to send, as whom, and which labels make a stream."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from attrs import Factory, frozen

from llmlog import Secret, env
from llmlog.errors import nearest

LABELS: Mapping[str, str] = {
    "service_name": "service_name", "environment": "environment", "kind": "kind",
    "provider": "provider_name", "model": "request_model", "status": "status",
    "host": "host_name", "release": "release", "team": "team_id", "project": "project_id",
    "organization": "organization_id",
}  # fmt: skip
"""Label to field of the payload."""


@frozen(kw_only=True)
class Settings:
    """One Loki, and one tenant of it."""

    url: str = env("LOKI_ADDR", "LOKI_URL", help="such as https://logs-prod-012.grafana.net")
    tenant: str | None = env("LOKI_ORG_ID", default=None, help="sent as X-Scope-OrgID")
    username: str | None = env("LOKI_USERNAME", default=None, help="Grafana Cloud: a number")
    password: Secret | None = env("LOKI_PASSWORD", default=None, help="belongs to username")
    token: Secret | None = env(
        "LOKI_BEARER_TOKEN", default=None, help="in place of username and password"
    )
    labels: tuple[str, ...] = env(
        default=("service_name", "environment", "kind", "status"),
        help=f"any of {', '.join(LABELS)}",
    )
    static_labels: Mapping[str, str] = env(
        default=Factory(dict), help="labels of every stream, such as cluster=eu1"
    )
    structured_metadata: bool = env(default=True, help="false for Loki before 3.0")

    def __attrs_post_init__(self) -> None:
        """Refuse labels that are not offered, and half a credential."""
        for label in self.labels:
            if label not in LABELS:
                raise ValueError(f"labels: there is no {label!r}{nearest(label, LABELS)}")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password belong together: set both or neither")

    @property
    def headers(self) -> dict[str, str]:
        """Return tenant and credential."""
        made = {"x-scope-orgid": self.tenant} if self.tenant else {}
        if self.token:
            made["authorization"] = f"Bearer {self.token.reveal()}"
        elif self.username and self.password:
            pair = f"{self.username}:{self.password.reveal()}"
            made["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return made
