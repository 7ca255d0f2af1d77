"""Who answers: the provider behind the host of a base URL.

Names are those of OpenTelemetry's `gen_ai.provider.name` where it has one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

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
_ALIASES = {
    "amazon_bedrock": "aws.bedrock", "aws": "aws.bedrock", "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock", "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai", "azure_openai": "azure.ai.openai", "azure_text": "azure.ai.openai",
    "azure_ai": "azure.ai.inference", "cohere_chat": "cohere", "fireworks": "fireworks_ai",
    "gemini": "gcp.gemini", "google": "gcp.gemini", "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai", "vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai", "mistral": "mistral_ai", "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai", "text-completion-openai": "openai", "together": "together_ai",
    "watsonx": "ibm.watsonx.ai", "xai": "x_ai",
}  # fmt: skip
PORTS = {"https": 443, "http": 80}


@lru_cache(maxsize=256)
def name_of(host: str) -> str:
    """Return the provider at a host, the host itself for one that is not known."""
    if host.startswith("bedrock-runtime.") and host.endswith(".amazonaws.com"):
        return "aws.bedrock"
    known = (name for end, name in _HOSTS.items()
             if host == end or host.endswith((f".{end}", f"-{end}")))  # fmt: skip
    return next(known, host)


def provider_named(name: str | None) -> str | None:
    """Return the provider that a library calls so, the name itself where it is the same."""
    known = name.lower() if name else None
    return _ALIASES.get(known, known) if known else None


def address_of(url: str | None) -> tuple[str | None, int | None]:
    """Return host and port of a base URL, which may lack its scheme; never what else is in it."""
    parts = urlsplit(url if url and "//" in url else f"//{url or ''}")
    return parts.hostname, parts.port or PORTS.get(parts.scheme) if parts.hostname else None


def key_of(client: Any) -> Secret | None:
    """Return the API key that a client shows; None where it has a token or asks for one."""
    key = getattr(client, "api_key", None)
    if not isinstance(key, str) or not key or key.startswith("<"):  # "<missing API key>"
        return None
    return Secret(key)
