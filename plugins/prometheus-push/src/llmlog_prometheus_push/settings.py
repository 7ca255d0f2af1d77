"""Where sums are pushed, and under which name."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Generator, Mapping
from multiprocessing import current_process
from socket import gethostname
from typing import Literal

import httpx
from attrs import frozen

from llmlog import Secret, env
from llmlog.errors import nearest

LABELS: Mapping[str, str] = {
    "provider": "provider_name", "model": "request_model", "kind": "kind", "status": "status",
    "environment": "environment", "service": "service_name", "release": "release",
    "response_model": "response_model", "deployment": "deployment_id", "team": "team_id",
    "project": "project_id", "organization": "organization_id", "prompt": "prompt_name",
    "key_alias": "key_alias",
}  # fmt: skip
"""Label to field of the payload."""


class Bearer(httpx.Auth):
    """Shows a token."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Put the token into the request."""
        request.headers["authorization"] = f"Bearer {self._token.reveal()}"
        yield request


@frozen(kw_only=True)
class Settings:
    """One receiver of remote write, or one Pushgateway."""

    url: str = env(
        "LLMLOG_PROMETHEUS_PUSH_URL",
        help="such as http://prometheus:9090/api/v1/write, or http://pushgateway:9091",
    )
    protocol: Literal["remote_write", "pushgateway"] = env(
        default="remote_write", help="pushgateway is for jobs that end"
    )
    job: str = env(default="llmlog", help="label job")
    instance: str | None = env(
        default=None, help="label instance; unset: the host; remote write adds the process to it"
    )
    labels: tuple[str, ...] = env(
        default=("provider", "model", "kind", "status", "environment", "service"),
        help=f"any of {', '.join(LABELS)}",
    )
    label_values: int = env(default=50, help="values of a label; any further one becomes other")
    username: str | None = env(default=None, help="for basic authentication")
    password: Secret | None = env(default=None, help="belongs to username")
    token: Secret | None = env(default=None, help="bearer token, in place of username")
    tenant: str | None = env(default=None, help="sent as X-Scope-OrgID, for Mimir and Cortex")
    timeout_s: float = env(default=10.0, help="seconds to wait for an answer")

    def __attrs_post_init__(self) -> None:
        """Refuse labels that are not offered, and half a credential."""
        for label in self.labels:
            if label not in LABELS:
                raise ValueError(f"labels: there is no {label!r}{nearest(label, LABELS)}")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password belong together: set both or neither")

    @property
    def auth(self) -> httpx.Auth | None:
        """Return the credential."""
        if self.token:
            return Bearer(self.token)
        if self.username and self.password:
            return httpx.BasicAuth(self.username, self.password.reveal())
        return None

    @property
    def host(self) -> str:
        """Return the name of the instance."""
        return self.instance or gethostname()

    @property
    def target(self) -> dict[str, str]:
        """Return who pushes; two processes must not write the same series."""
        return {"job": self.job, "instance": f"{self.host}:{current_process().pid}"}

    @property
    def address(self) -> str:
        """Return the whole address; a Pushgateway has the group in it."""
        if self.protocol == "remote_write":
            return self.url
        groups = (("job", self.job), ("instance", self.host))
        return "/".join((self.url.rstrip("/"), "metrics", *(_group(*pair) for pair in groups)))


def _group(name: str, value: str) -> str:
    return f"{name}@base64/{urlsafe_b64encode(value.encode()).decode().rstrip('=') or '='}"
