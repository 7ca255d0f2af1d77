"""Send LLM calls to Langtrace: one span per call, over OTLP as JSON.

Langtrace is unmaintained: the last change to its server is of May 2025. Its route reads the spans
of one resource, and of attributes texts and whole numbers only, so that is what it gets. Bodies
that are compressed it does not read.

Source: `app/api/trace/route.ts` and `lib/utils.ts` of Scale3-Labs/langtrace.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Limits, Payload, Secret, env
from llmlog.otlp import Attributes, call_name, otlp_exporter
from llmlog.otlp.address import traces_url
from llmlog_langtrace.span import attributes, events

__all__ = ["Settings", "exporter"]

LIMITS = Limits(events=100, bytes=4_000_000, gzip=False)
"""Of our choice: none is documented."""
PATH = "/api/trace"


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("LANGTRACE_API_KEY", help="of the project")
    host: str = env(
        "LANGTRACE_API_HOST", default="https://app.langtrace.ai",
        help="own server; /api/trace is appended",
    )  # fmt: skip
    service_name: str = env("LANGTRACE_SERVICE_NAME", default="llmlog", help="of the resource")


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.host, PATH)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, and the word by which the route knows OTLP."""
    return {"x-api-key": settings.api_key.reveal(), "user-agent": "llmlog otel-otlp"}


def resource(settings: Settings, _: Payload) -> Attributes:
    """Return one resource for all: spans of a second one would be lost."""
    return {"service.name": settings.service_name}


exporter = otlp_exporter(
    name="langtrace", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, span_name=call_name, resource=resource, events=events,
    encoding="json", limits=LIMITS,
)  # fmt: skip
