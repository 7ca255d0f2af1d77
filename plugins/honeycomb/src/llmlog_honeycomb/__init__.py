"""Send LLM calls to Honeycomb: one span of the GenAI conventions per call, over OTLP.

https://docs.honeycomb.io/send-data/opentelemetry/ and the translation in honeycombio/husky.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from llmlog import Limits, Payload, Secret, env
from llmlog.otlp import Attributes, gen_ai, otlp_exporter
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "attributes", "exporter"]

LIMITS = Limits(events=512, bytes=5_000_000, event_bytes=1_000_000)
"""The documented size of one event; the size of a request is of our choice, none is documented."""
_CLASSIC = re.compile(r"[0-9a-f]{32}|hc[a-z]ic_[0-9a-z]{58}")
"""Keys of Honeycomb Classic, which sorts by dataset and not by service."""
_LARGEST_RATE = 2**31 - 1


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("HONEYCOMB_API_KEY", help="an ingest key of the environment")
    endpoint: str = env(
        "HONEYCOMB_API_ENDPOINT", default="https://api.honeycomb.io",
        help="https://api.eu1.honeycomb.io in Europe; /v1/traces is appended",
    )  # fmt: skip
    dataset: str | None = env(
        "HONEYCOMB_DATASET", default=None, help="of Honeycomb Classic, which needs one"
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a key of Classic without a dataset: Honeycomb takes nothing then."""
        if self.dataset is None and _CLASSIC.fullmatch(self.api_key.reveal()):
            raise ValueError("a key of Honeycomb Classic: set HONEYCOMB_DATASET")


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.endpoint)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential and the dataset."""
    own = {"x-honeycomb-team": settings.api_key.reveal()}
    return own | ({"x-honeycomb-dataset": settings.dataset} if settings.dataset else {})


def attributes(payload: Payload) -> Attributes:
    """Add how many calls a sampled one stands for, in whole numbers, as Honeycomb counts it."""
    weight = payload.sample_weight
    rate = None if weight is None else max(1, min(round(weight), _LARGEST_RATE))
    return {**gen_ai(payload), "SampleRate": rate}


exporter = otlp_exporter(
    name="honeycomb", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, limits=LIMITS,
)  # fmt: skip
