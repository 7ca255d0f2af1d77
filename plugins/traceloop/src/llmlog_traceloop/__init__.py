"""Send LLM calls to Traceloop: one OpenLLMetry span per call, over OTLP.

https://www.traceloop.com/docs/openllmetry and the vendor's package `traceloop-sdk` 0.62.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Secret, env
from llmlog.header import header_pairs
from llmlog.otlp import call_name, openllmetry, otlp_exporter
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("TRACELOOP_API_KEY", help="of the environment")
    base_url: str = env(
        "TRACELOOP_BASE_URL", default="https://api.traceloop.com", help="/v1/traces is appended"
    )
    headers: Secret | None = env(
        "TRACELOOP_HEADERS", default=None, help="name=value,name=value; percent-encoded"
    )

    def __attrs_post_init__(self) -> None:
        """Refuse headers that could only fail later."""
        list(header_pairs(self.headers))


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.base_url)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential; the user's own headers win."""
    own = {"authorization": f"Bearer {settings.api_key.reveal()}"}
    return {**own, **dict(header_pairs(settings.headers))}


exporter = otlp_exporter(
    name="traceloop", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=openllmetry, span_name=call_name,
)  # fmt: skip
