"""Headers as the `OTEL_EXPORTER_OTLP_HEADERS` variable and its vendors' likes have them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from llmlog.secret import Secret


def header_pairs(headers: Secret | None) -> Iterator[tuple[str, str]]:
    """Read `name=value,name=value`, percent-encoded; names become lower case.

    Raises `ValueError` for an item that is not `name=value`; it shows nothing of the text.
    """
    items = headers.reveal().split(",") if headers else []
    for number, item in enumerate(items, 1):
        name, equals, value = item.partition("=")
        if equals and name.strip():
            yield unquote(name.strip()).lower(), unquote(value.strip())
        elif item.strip():
            message = f"headers: item {number} is not name=value"
            raise ValueError(message)
