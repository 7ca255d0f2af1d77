"""Which collector, and where in Splunk the events go."""

from __future__ import annotations

from attrs import frozen

from llmlog import Secret, env

PATH = "/services/collector/event"


@frozen(kw_only=True)
class Settings:
    """One HTTP Event Collector and one of its tokens."""

    url: str = env("SPLUNK_HEC_URL", help="such as https://splunk.example.com:8088")
    token: Secret = env("SPLUNK_HEC_TOKEN", help="of the collector")
    index: str | None = env("SPLUNK_INDEX", default=None, help="unset: that of the token")
    source: str = env("SPLUNK_SOURCE", default="llmlog", help="where events say they are from")
    sourcetype: str = env("SPLUNK_SOURCETYPE", default="_json", help="how Splunk reads them")
    host: str | None = env(default=None, help="unset: the host of the record")
    indexed_fields: bool = env(default=True, help="false: no fields beside the event")

    @property
    def address(self) -> str:
        """Return the whole address; a url that has the path keeps it."""
        base = self.url.rstrip("/")
        return base if "/services/collector" in base else base + PATH
