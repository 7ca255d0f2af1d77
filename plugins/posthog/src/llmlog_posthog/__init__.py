"""Send LLM calls to PostHog: one AI observability event per call.

https://posthog.com/docs/ai-observability/manual-capture
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, env
from llmlog_posthog.event import event

__all__ = ["Settings", "encode", "event", "exporter"]


@frozen(kw_only=True)
class Settings:
    """One PostHog project. Its key is public: it can write and nothing else."""

    project_key: str = env("POSTHOG_API_KEY", help="phc_..., of the project; no personal key")
    host: str = env(
        "POSTHOG_HOST",
        "POSTHOG_API_URL",
        default="https://us.i.posthog.com",
        help="region or own server, such as https://eu.i.posthog.com",
    )
    path: str = env(
        "LLMLOG_POSTHOG_PATH",
        default="/i/v0/ai/batch/",
        help="/batch/ suits servers without the endpoint for AI events",
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one event of each payload."""
    url = f"{settings.host.rstrip('/')}/{settings.path.lstrip('/')}"
    events = [event(payload) for payload in batch]
    return Request.json(url, {"api_key": settings.project_key, "batch": events})


def limits(settings: Settings) -> Limits:
    """Return the size of an event that PostHog drops unsaid when it is larger, alone or in a batch.

    The vendor's SDK keeps to 8 MiB for AI events and 900 KiB for others.
    """
    event_bytes = (8 * 1024 if "/ai/" in settings.path else 900) * 1024
    return Limits(events=100, bytes=event_bytes, event_bytes=event_bytes)


exporter = HTTPExporter(name="posthog", settings=Settings, encode=encode, limits=limits)
