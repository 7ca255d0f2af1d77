"""Send LLM calls to MLflow: one span per call, over its OTLP endpoint.

https://mlflow.org/docs/latest/genai/tracing/opentelemetry/ingest/
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from llmlog import Secret, env
from llmlog.otlp import call_name, otlp_exporter
from llmlog.otlp.address import traces_url
from llmlog_mlflow.span import attributes

__all__ = ["Settings", "exporter"]


@frozen
class Settings:
    """Where to send, and as whom."""

    tracking_uri: str = env("MLFLOW_TRACKING_URI", help="address of the tracking server, http(s)")
    experiment_id: str = env("MLFLOW_EXPERIMENT_ID", help="number of the experiment")
    run_id: str | None = env("MLFLOW_RUN_ID", default=None, help="the run that traces belong to")
    username: str | None = env("MLFLOW_TRACKING_USERNAME", default=None, help="where asked for")
    password: Secret | None = env("MLFLOW_TRACKING_PASSWORD", default=None, help="where asked for")
    token: Secret | None = env(
        "MLFLOW_TRACKING_TOKEN", default=None, help="instead of name and password"
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a store that is no server."""
        if urlsplit(self.tracking_uri).scheme not in ("http", "https"):
            message = f"tracking_uri {self.tracking_uri!r}: name a server, http://host:5000"
            raise ValueError(message)


def endpoint(settings: Settings) -> str:
    """Return the address for traces."""
    return traces_url(settings.tracking_uri)


def headers(settings: Settings) -> Mapping[str, str]:
    """Return the experiment, the run, and the credential if there is one."""
    own = {"x-mlflow-experiment-id": settings.experiment_id}
    if settings.run_id:
        own["x-mlflow-run-id"] = settings.run_id
    if settings.username and settings.password:
        pair = f"{settings.username}:{settings.password.reveal()}"
        return own | {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    token = settings.token
    return own | ({"authorization": f"Bearer {token.reveal()}"} if token else {})


exporter = otlp_exporter(
    name="mlflow", settings=Settings, endpoint=endpoint, headers=headers,
    attributes=attributes, span_name=call_name,
)  # fmt: skip
