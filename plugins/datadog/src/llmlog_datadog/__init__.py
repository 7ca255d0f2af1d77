"""Send LLM calls to Datadog: one log per call, correlated with traces.

https://docs.datadoghq.com/api/latest/logs/#send-logs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.chat import present, text_of
from llmlog.fact import level
from llmlog.message import JSON
from llmlog.naming import renamed
from llmlog.sums import summed_within
from llmlog.wording import headline

__all__ = ["LOG_BYTES", "Settings", "encode", "exporter", "log"]

LOG_BYTES = 999_998
"""Datadog truncates a log of more than 1 MB and says nothing."""
ERROR: Mapping[str, str] = {
    "kind": "type", "stack": "stacktrace",
    **{name: name for name in ("message", "code", "status_code", "request_id", "retryable")},
}  # fmt: skip
TEXTS = ("input_messages", "output_messages", "input_value", "output_value", "tools")
"""JSON text, so that a long conversation does not use up the attributes that a log may have."""


@frozen
class Settings:
    """One Datadog organization. What is set here wins over the record's own value."""

    api_key: Secret = env("DD_API_KEY", help="of the organization; no application key")
    site: str = env("DD_SITE", default="datadoghq.com", help="such as datadoghq.eu")
    url: str | None = env("DD_LOGS_DIRECT_SUBMISSION_URL", default=None,
                          help="of the intake or a proxy; wins over the site")  # fmt: skip
    source: str = env("DD_SOURCE", default="llmlog", help="chooses the pipeline")
    service: str | None = env("DD_SERVICE", default=None, help="name of the service")
    environment: str | None = env("DD_ENV", default=None, help="the tag env")
    version: str | None = env("DD_VERSION", default=None, help="the tag version")
    hostname: str | None = env("DD_HOSTNAME", default=None, help="name of the host")
    tags: tuple[str, ...] = env("DD_TAGS", default=(), help="key:value, commas or spaces between")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one log of each payload."""
    intake = settings.url or f"https://http-intake.logs.{settings.site}"
    headers = {"dd-api-key": settings.api_key.reveal()}
    logs = [log(settings, payload) for payload in batch]
    return Request.json(f"{intake.rstrip('/')}/api/v2/logs", logs, headers)


def log(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return Datadog's reserved and standard attributes, and the record under `llm`."""
    record = summed_within(evolve(payload, error=None))
    return present({
        "message": headline(payload),
        "timestamp": payload.timing.end_unix_ns // 1_000_000,
        "status": level(payload),
        "ddsource": settings.source,
        "ddtags": ",".join(tags(settings, payload)) or None,
        "service": settings.service or payload.service_name,
        "hostname": settings.hostname or payload.host_name,
        "dd.trace_id": trace_id(payload.trace_id),
        "dd.span_id": str(int(payload.span_id, 16)),
        "duration": payload.timing.duration_ns,
        "usr": payload.user_id and {"id": payload.user_id},
        "error": payload.error and renamed(payload.error, ERROR),
        "llm": record | {name: text_of(record[name]) for name in TEXTS if name in record},
    })  # fmt: skip


def tags(settings: Settings, payload: Payload) -> Iterator[str]:
    """Yield tags without the characters that end one."""
    known = {"env": settings.environment or payload.environment,
             "version": settings.version or payload.release}  # fmt: skip
    yield from (tag for text in settings.tags for tag in text.split())
    named = (f"{key}:{value}" for key, value in known.items() if value)
    made = ("_".join(text.replace(",", " ").split()) for text in (*named, *payload.tags))
    yield from filter(None, made)


def trace_id(digits: str) -> str:
    """Return the id as Datadog's tracers log it: 128 bits in hexadecimal, 64 in decimal."""
    number = int(digits, 16)
    return f"{number:032x}" if number >> 64 else str(number)


exporter = HTTPExporter(
    name="datadog", settings=Settings, encode=encode,
    limits=Limits(events=1000, bytes=5_000_000, event_bytes=LOG_BYTES + len("[]")),
)  # fmt: skip
