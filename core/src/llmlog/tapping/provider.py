"""Who answers: the provider behind the host of a base URL.

Names are those of OpenTelemetry's `gen_ai.provider.name` where it has one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from llmlog.secret import Secret

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
PORTS = {"https": 443, "http": 80}


@lru_cache(maxsize=256)
def name_of(host: str) -> str:
    """Return the provider at a host, the host itself for one that is not known."""
    if host.startswith("bedrock-runtime.") and host.endswith(".amazonaws.com"):
        return "aws.bedrock"
    known = (name for end, name in _HOSTS.items()
             if host == end or host.endswith((f".{end}", f"-{end}")))  # fmt: skip
    return next(known, host)


def key_of(client: Any) -> Secret | None:
    """Return the API key that a client shows; None where it has a token or asks for one."""
    key = getattr(client, "api_key", None)
    if not isinstance(key, str) or not key or key.startswith("<"):  # "<missing API key>"
        return None
    return Secret(key)
