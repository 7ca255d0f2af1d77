"""Which database, and what points look like."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from attrs import frozen

from llmlog import Secret, env
from llmlog.errors import nearest

TAGS: Mapping[str, str] = {
    "provider": "provider_name", "model": "request_model", "kind": "kind", "status": "status",
    "environment": "environment", "service": "service_name", "release": "release",
    "response_model": "response_model", "deployment": "deployment_id", "host": "host_name",
    "team": "team_id", "project": "project_id", "organization": "organization_id",
    "prompt": "prompt_name", "key_alias": "key_alias",
}  # fmt: skip
"""Tag to field of the payload."""


@frozen(kw_only=True)
class Settings:
    """One bucket of version 2, or one database of version 1 or 3."""

    url: str = env("INFLUXDB_URL", "INFLUX_HOST", help="such as http://127.0.0.1:8086")
    api: Literal["v1", "v2", "v3"] = env(default="v2", help="which API of InfluxDB")
    token: Secret | None = env("INFLUXDB_TOKEN", "INFLUX_TOKEN", default=None, help="for v2 and v3")
    org: str | None = env("INFLUXDB_ORG", "INFLUX_ORG", default=None, help="for v2")
    bucket: str = env(
        "INFLUXDB_BUCKET", "INFLUX_BUCKET_NAME", "INFLUX_DATABASE", default="llmlog",
        help="bucket of v2; database of v1 and v3",
    )  # fmt: skip
    username: str | None = env("INFLUX_USERNAME", default=None, help="for v1")
    password: Secret | None = env("INFLUX_PASSWORD", default=None, help="belongs to username")
    measurement: str = env(default="llm_calls", help="name of the measurement or table")
    tags: tuple[str, ...] = env(
        default=("provider", "model", "kind", "status", "environment", "service"),
        help=f"any of {', '.join(TAGS)}",
    )

    def __attrs_post_init__(self) -> None:
        """Refuse tags that are not offered, and half a credential."""
        for tag in self.tags:
            if tag not in TAGS:
                raise ValueError(f"tags: there is no {tag!r}{nearest(tag, TAGS)}")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password belong together: set both or neither")

    @property
    def address(self) -> str:
        """Return the whole address."""
        path, query = {
            "v1": ("write", {"db": self.bucket, "precision": "ns"}),
            "v2": ("api/v2/write", {"bucket": self.bucket, "precision": "ns"}),
            "v3": ("api/v3/write_lp", {"db": self.bucket, "precision": "nanosecond"}),
        }[self.api]
        own = {"org": self.org} if self.org and self.api == "v2" else {}
        return f"{self.url.rstrip('/')}/{path}?{urlencode({**own, **query})}"

    @property
    def headers(self) -> dict[str, str]:
        """Return type and credential."""
        made = {"content-type": "text/plain; charset=utf-8"}
        if self.token:
            kind = "Bearer" if self.api == "v3" else "Token"
            made["authorization"] = f"{kind} {self.token.reveal()}"
        elif self.username and self.password:
            pair = f"{self.username}:{self.password.reveal()}"
            made["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return made
