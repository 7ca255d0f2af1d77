"""Send LLM calls to Braintrust: one event of a project's logs per call.

https://www.braintrust.dev/docs/api-reference/logs/insert-project-logs-events
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog_braintrust.event import event

__all__ = ["Settings", "encode", "event", "exporter"]


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("BRAINTRUST_API_KEY", help="of the organization")
    project_id: str = env(
        "BRAINTRUST_PROJECT_ID", help="UUID of the project, from its configuration page"
    )
    url: str = env(
        "BRAINTRUST_API_URL",
        default="https://api.braintrust.dev",
        help="region or own data plane, such as https://api-eu.braintrust.dev",
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one event of each payload."""
    url = f"{settings.url.rstrip('/')}/v1/project_logs/{settings.project_id}/insert"
    headers = {"authorization": f"Bearer {settings.api_key.reveal()}"}
    return Request.json(url, {"events": [event(payload) for payload in batch]}, headers)


exporter = HTTPExporter(
    name="braintrust",
    settings=Settings,
    encode=encode,
    limits=Limits(events=100, bytes=6 * 1024 * 1024, gzip=False),
)
"""The batch and the size are those of the vendor's SDK; compression is not documented."""
