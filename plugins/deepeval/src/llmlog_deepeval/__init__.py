"""Send LLM calls to Confident AI, the platform of DeepEval: one span per call, over OTLP.

https://www.confident-ai.com/docs, and the exporter of the vendor's SDK confident-trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from llmlog import Payload, Request, Secret, env
from llmlog.otlp import otlp_exporter
from llmlog_deepeval.span import attributes

__all__ = ["Settings", "encode", "exporter"]


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("CONFIDENT_API_KEY", help="of the project; confident_eu_... is Europe's")
    endpoint: str | None = env(
        "CONFIDENT_OTEL_ENDPOINT",
        default=None,
        help="whole address that takes traces; unset: that of the key's region",
    )
    environment: str | None = env(
        "CONFIDENT_TRACE_ENVIRONMENT",
        default=None,
        help="production, staging, development or testing; wins over the record's own",
    )


def endpoint(settings: Settings) -> str:
    """Return the address that takes traces."""
    region = "eu." if settings.api_key.reveal().startswith("confident_eu") else ""
    return settings.endpoint or f"https://{region}otel.confident-ai.com/v1/traces"


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential."""
    return {"x-confident-api-key": settings.api_key.reveal()}


_spans = otlp_exporter(
    name="deepeval", settings=Settings, endpoint=endpoint, headers=headers, attributes=attributes
)


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one span of each payload, of the environment that the settings name."""
    return _spans.encode(settings, [
        evolve(payload, environment=settings.environment or payload.environment)
        for payload in batch
    ])  # fmt: skip


exporter = evolve(_spans, encode=encode)
