"""Where metrics go, what they are called, and which tags they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from attrs import frozen

from llmlog import env
from llmlog.errors import nearest

TAGS: Mapping[str, str] = {
    "provider": "provider_name", "model": "request_model", "kind": "kind", "status": "status",
    "env": "environment", "service": "service_name", "version": "release",
    "response_model": "response_model", "deployment": "deployment_id", "team": "team_id",
    "project": "project_id", "organization": "organization_id", "prompt": "prompt_name",
    "key_alias": "key_alias",
}  # fmt: skip
"""Tag to field of the payload."""


@frozen(kw_only=True)
class Settings:
    """One StatsD server or Datadog agent."""

    host: str = env("STATSD_HOST", "DD_AGENT_HOST", default="127.0.0.1", help="name or address")
    port: int = env("STATSD_PORT", "DD_DOGSTATSD_PORT", default=8125, help="UDP port")
    url: str | None = env(
        "DD_DOGSTATSD_URL", default=None,
        help="udp://host:port or unix:///path, in place of host and port",
    )  # fmt: skip
    prefix: str = env("STATSD_PREFIX", default="llmlog", help="first part of each name")
    flavor: Literal["dogstatsd", "statsd"] = env(
        default="dogstatsd", help="statsd has no tags: provider, model, status are in the name"
    )
    tags: tuple[str, ...] = env(
        default=("provider", "model", "kind", "status", "env", "service", "version"),
        help=f"any of {', '.join(TAGS)}",
    )
    constant_tags: tuple[str, ...] = env("DD_TAGS", default=(), help="key:value, of every metric")

    def __attrs_post_init__(self) -> None:
        """Refuse tags that are not offered, and addresses of no known kind."""
        for tag in self.tags:
            if tag not in TAGS:
                raise ValueError(f"tags: there is no {tag!r}{nearest(tag, TAGS)}")
        if self.url and not self.url.startswith(("udp://", "unix://")):
            raise ValueError(f"url: say udp://host:port or unix:///path, not {self.url!r}")

    @property
    def path(self) -> str | None:
        """Return the path of a Unix socket, None for UDP."""
        url = self.url or ""
        return url.removeprefix("unix://") if url.startswith("unix://") else None

    @property
    def server(self) -> str:
        """Return the host."""
        return (urlsplit(self.url).hostname if self.url else None) or self.host

    @property
    def server_port(self) -> int:
        """Return the port."""
        return (urlsplit(self.url).port if self.url else None) or self.port
