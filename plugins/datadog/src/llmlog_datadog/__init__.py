"""Send LLM calls to Datadog: one log per call, correlated with traces.

https://docs.datadoghq.com/api/latest/logs/#send-logs
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, datadog, env
from llmlog.chat import present, text_of
from llmlog.fact import CONTENT, level
from llmlog.message import JSON
from llmlog.naming import renamed
from llmlog.sums import summed_within
from llmlog.wording import headline

__all__ = ["LOG_BYTES", "Settings", "encode", "exporter", "log"]

LOG_BYTES = 999_998
"""Datadog truncates a log of more than 1 MB and says nothing."""
SAME = ("message", "code", "status_code", "request_id", "retryable")
"""What Datadog and the record call the same of an error."""


@frozen(kw_only=True)
class Settings(datadog.Settings):
    """One Datadog organization. What is set here wins over the record's own value."""

    api_key: Secret = env("DD_API_KEY", help="of the organization; no application key")
    url: str | None = env("DD_LOGS_DIRECT_SUBMISSION_URL", default=None,
                          help="of the intake or a proxy; wins over the site")  # fmt: skip
    source: str = env("DD_SOURCE", default="llmlog", help="chooses the pipeline")
    hostname: str | None = env("DD_HOSTNAME", default=None, help="name of the host")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one log of each payload."""
    intake = settings.url or f"https://http-intake.logs.{settings.site}"
    return Request.json(
        f"{intake.rstrip('/')}/api/v2/logs",
        [log(settings, payload) for payload in batch],
        {"dd-api-key": settings.api_key.reveal()},
    )


def log(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return Datadog's reserved and standard attributes, and the record under `llm`."""
    record = summed_within(evolve(payload, error=None))
    error = payload.error and renamed(payload.error, {"kind": "type", "stack": "stacktrace"}, *SAME)
    return present({
        "message": headline(payload),
        "timestamp": payload.timing.end_unix_ns // 1_000_000,
        "status": level(payload),
        "ddsource": settings.source,
        "ddtags": tags(settings, payload) or None,
        "service": settings.service or payload.service_name,
        "hostname": settings.hostname or payload.host_name,
        "dd.trace_id": trace_id(payload.trace_id),
        "dd.span_id": str(int(payload.span_id, 16)),
        "duration": payload.timing.duration_ns,
        "usr": payload.user_id and {"id": payload.user_id},
        "error": error,
        # text: a long conversation does not use up the attributes that a log may have
        "llm": record | {name: text_of(record[name]) for name in CONTENT if name in record},
    })  # fmt: skip


def tags(settings: Settings, payload: Payload) -> str:
    """Return tags with commas between, each without the characters that end one."""
    every = (*settings.own_tags(payload, "env", "version"), *payload.tags)
    return ",".join(filter(None, ("_".join(tag.replace(",", " ").split()) for tag in every)))


def trace_id(digits: str) -> str:
    """Return the id as Datadog's tracers log it: 128 bits in hexadecimal, 64 in decimal."""
    number = int(digits, 16)
    return f"{number:032x}" if number >> 64 else str(number)


exporter = HTTPExporter(
    name="datadog", settings=Settings, encode=encode,
    limits=Limits(events=1000, bytes=5_000_000, event_bytes=LOG_BYTES + len("[]")),
)  # fmt: skip
