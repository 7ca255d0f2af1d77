"""Send LLM calls to AgentOps: one span per call, over OTLP, with a token made from the key.

The key is not what the collector takes: it is exchanged for a token of some days, and again when
the collector refuses it. Source: `agentops` 0.4, `sdk/exporters.py` and `semconv/`.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx
from attrs import frozen

from llmlog import ClientExporter, Payload, PluginError, Refused, Secret, env
from llmlog.clock import Clock
from llmlog.delivery.http_sender import HTTPSender
from llmlog.delivery.sender import Answer
from llmlog.otlp import LIMITS, Attributes, call_name, otlp_exporter, resource_attributes
from llmlog.otlp.address import traces_url
from llmlog_agentops.span import attributes

__all__ = ["Settings", "exporter"]

_REFUSED = ("HTTP 401", "HTTP 403")


@frozen
class Settings:
    """Where to send, and as whom."""

    api_key: Secret = env("AGENTOPS_API_KEY", help="of the project, a UUID")
    api_endpoint: str = env(
        "AGENTOPS_API_ENDPOINT", default="https://api.agentops.ai", help="that makes the token"
    )
    exporter_endpoint: str = env(
        "AGENTOPS_EXPORTER_ENDPOINT", default="https://otlp.agentops.ai/v1/traces",
        help="that takes the spans; /v1/traces is appended",
    )  # fmt: skip
    default_tags: tuple[str, ...] = env(
        "AGENTOPS_DEFAULT_TAGS", default=(), help="of every call, beside its own"
    )


class StaleTokenError(OSError):
    """The collector takes this token no longer: make another."""


def connect(settings: Settings) -> HTTPSender:
    """Return a way to the collector, with a new token."""
    token = _token(settings)
    otlp = otlp_exporter(
        name="agentops", settings=Settings, endpoint=lambda own: traces_url(own.exporter_endpoint),
        headers=lambda _: {"authorization": f"Bearer {token}"}, resource=resource,
        attributes=lambda payload: attributes(payload, settings.default_tags),
        span_name=call_name,
    )  # fmt: skip
    return HTTPSender(otlp, settings, LIMITS, Clock())


def resource(_: Settings, payload: Payload) -> Attributes:
    """Return the program's attributes, with the older name of its environment."""
    return {**resource_attributes(payload), "deployment.environment": payload.environment}


def _token(settings: Settings) -> str:
    """Exchange the key; raise `PluginError` where the vendor makes no token of it."""
    address = f"{settings.api_endpoint.rstrip('/')}/v3/auth/token"
    reply = httpx.post(address, json={"api_key": settings.api_key.reveal()}, timeout=10.0)
    made = reply.json() if reply.is_success and reply.content else None
    token = made.get("token") if isinstance(made, dict) else None
    if not isinstance(token, str):
        message = f"agentops: HTTP {reply.status_code}, no token: check AGENTOPS_API_KEY"
        raise PluginError(message)
    return token


def send(sender: HTTPSender, _: Settings, batch: Sequence[Payload]) -> Answer:
    """Send a batch; raise `StaleTokenError` when it is time for another token."""
    answer = sender.send(batch)
    if isinstance(answer, Refused) and answer.reason.startswith(_REFUSED):
        raise StaleTokenError(answer.reason)
    return answer


exporter = ClientExporter(
    name="agentops", settings=Settings, connect=connect, send=send, close=HTTPSender.close,
    retryable=(OSError, TimeoutError, httpx.TransportError), limits=LIMITS,
)  # fmt: skip
