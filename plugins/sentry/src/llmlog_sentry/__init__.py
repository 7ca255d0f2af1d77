"""Send LLM calls to Sentry: one span per call, for its view of AI agents and models.

https://docs.sentry.io/concepts/otlp/ and the attributes of getsentry/sentry-conventions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from attrs import evolve, frozen

from llmlog import Limits, Payload, Request, Secret, env
from llmlog.otlp import otlp_exporter
from llmlog_sentry.span import attributes

__all__ = ["Settings", "encode", "exporter"]

SPAN_BYTES = 1024 * 1024
"""Sentry drops a larger span unsaid; no request is larger, so that none is in one."""


@frozen(kw_only=True)
class Settings:
    """One Sentry project."""

    dsn: Secret = env("SENTRY_DSN", help="of the project: https://key@host/number")
    environment: str | None = env(
        "SENTRY_ENVIRONMENT", default=None, help="wins over the record's own"
    )
    release: str | None = env("SENTRY_RELEASE", default=None, help="wins over the record's own")

    def __attrs_post_init__(self) -> None:
        """Refuse what is no DSN."""
        parts = urlsplit(self.dsn.reveal())
        number = parts.path.rpartition("/")[2]
        if parts.scheme not in ("http", "https") or not parts.username or not number.isdecimal():
            raise ValueError("dsn: give https://key@host/number, from the project's client keys")


def endpoint(settings: Settings) -> str:
    """Return the address for traces of the project that the DSN names."""
    parts = urlsplit(settings.dsn.reveal())
    folder, _, number = parts.path.rpartition("/")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{folder}/api/{number}/integration/otlp/v1/traces/"


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the public key of the DSN, as the vendor's SDK sends it."""
    key = urlsplit(settings.dsn.reveal()).username
    return {"x-sentry-auth": f"Sentry sentry_key={key}, sentry_version=7"}


_spans = otlp_exporter(
    name="sentry", settings=Settings, endpoint=endpoint, headers=headers, attributes=attributes,
    limits=Limits(events=1000, bytes=SPAN_BYTES, event_bytes=SPAN_BYTES),
)  # fmt: skip


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one span of each payload, of the environment and release that the settings name."""
    return _spans.encode(settings, [
        evolve(payload, environment=settings.environment or payload.environment,
               release=settings.release or payload.release)
        for payload in batch
    ])  # fmt: skip


exporter = evolve(_spans, encode=encode)
