"""Send LLM calls to Sumo Logic: one message per call.

https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/logs-metrics/upload-logs/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import Factory, frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog_sumologic.message import message

__all__ = ["Settings", "encode", "exporter", "message"]


@frozen(kw_only=True)
class Settings:
    """One HTTP source. Its address is the credential."""

    url: Secret = env(
        "SUMOLOGIC_WEBHOOK_URL", "SUMOLOGIC_URL", help="of the HTTP Logs and Metrics source"
    )
    category: str | None = env("SUMOLOGIC_CATEGORY", default=None, help="_sourceCategory")
    source_name: str | None = env("SUMOLOGIC_NAME", default=None, help="_sourceName")
    host: str | None = env("SUMOLOGIC_HOST", default=None, help="_sourceHost")
    fields: Mapping[str, str] = env(
        "SUMOLOGIC_FIELDS", default=Factory(dict), help="fields of every message: team=ml,env=eu"
    )

    @property
    def headers(self) -> dict[str, str]:
        """Return what is equal for all messages; only what a header can carry."""
        pairs = ",".join(f"{name}={value}" for name, value in self.fields.items())
        found = {"x-sumo-category": self.category, "x-sumo-name": self.source_name,
                 "x-sumo-host": self.host, "x-sumo-fields": pairs}  # fmt: skip
        return {name: value for name, value in found.items() if value}


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one line of each payload."""
    return Request.ndjson(settings.url.reveal(), map(message, batch), settings.headers)


exporter = HTTPExporter(
    name="sumologic",
    settings=Settings,
    encode=encode,
    limits=Limits(events=1000, bytes=1_000_000, timeout_s=30.0),
)
