"""Send LLM calls to Opik (Comet), cloud or self-hosted: a span per call, a trace per outermost one.

https://www.comet.com/docs/opik/reference/rest-api/overview
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx
from attrs import frozen

from llmlog import ClientExporter, Delivered, Limits, Payload, Secret, env
from llmlog.chat import present
from llmlog.clock import Clock
from llmlog.delivery.outcome import Rejected, TooLarge, Verdict, classify
from llmlog.encoding import dumps
from llmlog.message import JSON
from llmlog_opik.span import is_root, span, trace

__all__ = ["Settings", "bodies", "connect", "exporter", "send"]

MAX_BYTES = 50_000_000
"""Of one request: the size at which the vendor's SDK splits."""


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret | None = env("OPIK_API_KEY", default=None, help="of the cloud")
    workspace: str = env("OPIK_WORKSPACE", default="default", help="name of the workspace")
    project: str = env(
        "OPIK_PROJECT_NAME", default="Default Project", help="made at its first trace"
    )
    url: str = env("OPIK_URL_OVERRIDE", default="https://www.comet.com/opik/api", help="own server")
    environment: str | None = env("OPIK_ENVIRONMENT", default=None, help="before the record's")

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the credential, which has no scheme, and the workspace."""
        named = {"comet-workspace": self.workspace, "content-type": "application/json"}
        return {**named, "authorization": self.api_key.reveal()} if self.api_key else named


def bodies(settings: Settings, batch: Sequence[Payload]) -> Mapping[str, JSON]:
    """Return what is posted to which path, in this order: a span's trace comes before it."""
    common = present({
        "project_name": settings.project, "source": "sdk", "environment": settings.environment
    })  # fmt: skip
    traces = [{**trace(payload), **common} for payload in batch if is_root(payload)]
    spans = [{**span(payload), **common} for payload in batch]
    made = {"v1/private/traces/batch": {"traces": traces}} if traces else {}
    return {**made, "v1/private/spans/batch": {"spans": spans}}


def connect(settings: Settings) -> httpx.Client:
    """Open connections that follow no redirect."""
    base, timeout = f"{settings.url.rstrip('/')}/", httpx.Timeout(10.0, connect=5.0)
    return httpx.Client(base_url=base, headers=dict(settings.headers), timeout=timeout)


def send(client: httpx.Client, settings: Settings, batch: Sequence[Payload]) -> Verdict:
    """Post the traces, then the spans; what comes again replaces what was there."""
    for path, body in bodies(settings, batch).items():
        content = dumps(body)
        if len(content) > MAX_BYTES:
            return TooLarge(f"{len(content)} bytes, the limit is {MAX_BYTES}")
        answer = verdict(client.post(path, content=content))
        if not isinstance(answer, Delivered):
            return answer
    return Delivered()


def verdict(response: httpx.Response) -> Verdict:
    """Say what an answer means; Opik refuses a whole batch for one item."""
    found = classify(response.status_code, response.headers, Clock().unix_ns() / 1e9)
    if isinstance(found, Rejected):
        return Rejected(f"{found.reason} {response.text[:500]}")
    return found


exporter = ClientExporter(
    name="opik", settings=Settings, connect=connect, send=send, close=httpx.Client.close,
    retryable=(OSError, httpx.TransportError), limits=Limits(events=1000, concurrency=8),
)  # fmt: skip
