"""Who answers: the provider behind a base URL, and whether it counts the tokens of a stream.

Names are those of OpenTelemetry's `gen_ai.provider.name` where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

_HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.openai",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "inference.ai.azure.com": "azure.ai.inference",
    "api.anthropic.com": "anthropic",
    "api.cerebras.ai": "cerebras",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.deepinfra.com": "deepinfra",
    "api.deepseek.com": "deepseek",
    "api.fireworks.ai": "fireworks_ai",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.moonshot.ai": "moonshot_ai",
    "api.perplexity.ai": "perplexity",
    "api.together.xyz": "together_ai",
    "api.x.ai": "x_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "openrouter.ai": "openrouter",
}
_PORTS = {"https": 443, "http": 80}
_USAGE_SINCE = "2024-09-01"
"""The first version of Azure's API that takes `stream_options`, by its reference."""


@frozen
class Provider:
    """Who answers, and where."""

    name: str
    address: str
    port: int | None
    counts_streams: bool


def provider_of(client: Any) -> Provider:
    """Return who answers the client's requests."""
    url = client.base_url
    is_azure = any("Azure" in cls.__name__ for cls in type(client).__mro__)
    name = "azure.ai.openai" if is_azure else name_of(url.host)
    return Provider(
        name=name,
        address=url.host,
        port=url.port or _PORTS.get(url.scheme),
        counts_streams=name == "openai" or (is_azure and _is_recent(client.default_query)),
    )


@lru_cache(maxsize=256)
def name_of(host: str) -> str:
    """Return the provider at a host, the host itself for one that is not known."""
    if host.startswith("bedrock-runtime.") and host.endswith(".amazonaws.com"):
        return "aws.bedrock"
    known = (name for end, name in _HOSTS.items()
             if host == end or host.endswith((f".{end}", f"-{end}")))  # fmt: skip
    return next(known, host)


def _is_recent(query: Mapping[str, object]) -> bool:
    version = str(query.get("api-version", ""))
    return version >= _USAGE_SINCE
