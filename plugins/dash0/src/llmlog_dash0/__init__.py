"""Send LLM calls to Dash0: one span of the GenAI conventions per call, over OTLP.

https://www.dash0.com/hub/integrations/int_otlp/overview
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from llmlog import Secret, env
from llmlog.otlp import otlp_exporter
from llmlog.otlp.address import traces_url

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    endpoint: str = env(
        "DASH0_OTLP_URL",
        help="such as https://ingress.eu-west-1.aws.dash0.com; /v1/traces is appended",
    )
    auth_token: Secret = env("DASH0_AUTH_TOKEN", help="auth_..., with permission to ingest")
    dataset: str | None = env(
        "DASH0_DATASET", default=None, help="where the token allows several; default without"
    )


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.endpoint)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the credential and the dataset."""
    own = {"authorization": f"Bearer {settings.auth_token.reveal()}"}
    return own | ({"dash0-dataset": settings.dataset} if settings.dataset else {})


exporter = otlp_exporter(name="dash0", settings=Settings, endpoint=endpoint, headers=headers)
