"""Who answers, and whether it counts the tokens of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from llmlog.tapping.provider import PORTS, name_of

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
        port=url.port or PORTS.get(url.scheme),
        counts_streams=name == "openai" or (is_azure and _is_recent(client.default_query)),
    )


def _is_recent(query: Mapping[str, object]) -> bool:
    version = str(query.get("api-version", ""))
    return version >= _USAGE_SINCE
