"""A sound exporter over OTLP, for faults to break."""

from __future__ import annotations

from attrs import frozen

from llmlog import Payload, Secret, env
from llmlog.header import bearer
from llmlog.otlp import Attributes, gen_ai, otlp_exporter


@frozen(kw_only=True)
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("SAMPLE_OTLP_API_KEY", help="the key")
    url: str = env("SAMPLE_OTLP_URL", help="the address")


def attributes(payload: Payload) -> Attributes:
    return {**gen_ai(payload), "sample.team": payload.team_id}


exporter = otlp_exporter(
    name="sample-otlp", settings=Settings, endpoint=lambda settings: settings.url,
    headers=lambda settings: {"authorization": bearer(settings.api_key)}, attributes=attributes,
)  # fmt: skip
