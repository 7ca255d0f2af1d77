"""The content of a message: a text, or a list of typed parts of any vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from llmlog.message import JSON, Part, Raw, Text
from llmlog.reading import anthropic_part, converse, openai_part
from llmlog.reading.access import mapping, text

_READERS: Mapping[str, Callable[[Mapping[str, JSON]], Part | None]] = {
    **openai_part.READERS,
    **anthropic_part.READERS,
}


def read_part(raw: JSON) -> Part:
    """Read one part; what no vendor's words explain stays raw."""
    if isinstance(raw, str):
        return Text(content=raw)
    item = mapping(raw)
    kind = text(item.get("type")) or ""
    reader = _READERS.get(kind)
    if reader is None and kind.endswith("_tool_result"):
        reader = anthropic_part.tool_result
    part = reader(item) if reader else None if kind else converse.read_block(item)
    return Raw(value=raw) if part is None else part


def read_content(raw: JSON) -> list[Part]:
    """Read a whole content; an empty text is no part."""
    if isinstance(raw, list):
        return [read_part(item) for item in raw]
    return [] if raw is None or raw == "" else [read_part(raw)]
