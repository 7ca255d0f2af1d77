"""Send LLM calls to Langfuse: one observation per call, over its OpenTelemetry endpoint.

https://langfuse.com/integrations/native/opentelemetry
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from llmlog import Limits, Payload, Secret, env
from llmlog.header import basic
from llmlog.otlp import (
    LIMITS,
    Attributes,
    call_name,
    langfuse,
    otlp_exporter,
    resource_attributes,
)  # fmt: skip

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    public_key: str = env("LANGFUSE_PUBLIC_KEY", help="pk-lf-..., from the project's settings")
    secret_key: Secret = env("LANGFUSE_SECRET_KEY", help="sk-lf-..., from the project's settings")
    base_url: str = env(
        "LANGFUSE_BASE_URL", "LANGFUSE_HOST", default="https://cloud.langfuse.com",
        help="region or own server",
    )  # fmt: skip
    path: str = env(
        "LANGFUSE_OTEL_TRACES_EXPORT_PATH", default="/api/public/otel/v1/traces",
        help="of the OpenTelemetry endpoint",
    )  # fmt: skip
    environment: str | None = env(
        "LANGFUSE_TRACING_ENVIRONMENT", default=None, help="wins over the record's own"
    )
    release: str | None = env("LANGFUSE_RELEASE", default=None, help="wins over the record's own")
    timeout_s: float = env("LANGFUSE_TIMEOUT", default=10.0, help="of one request, in seconds")


def endpoint(settings: Settings) -> str:
    """Return the address of the OpenTelemetry endpoint."""
    return f"{settings.base_url.rstrip('/')}/{settings.path.lstrip('/')}"


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential, and the version that makes observations visible at once."""
    credential = basic(settings.public_key, settings.secret_key)
    return {"authorization": credential, "x-langfuse-ingestion-version": "4"}


def resource(settings: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with Langfuse's environment and release."""
    environment = settings.environment or payload.environment
    return {
        **resource_attributes(payload),
        "langfuse.environment": environment and environment.lower(),
        "langfuse.release": settings.release or payload.release,
    }


def limits(settings: Settings) -> Limits:
    """Return the limits of OTLP, with the user's time."""
    return evolve(LIMITS, timeout_s=settings.timeout_s)


exporter = otlp_exporter(
    name="langfuse", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=langfuse, span_name=call_name, resource=resource, limits=limits,
)  # fmt: skip
