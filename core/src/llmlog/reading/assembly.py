"""Chunks of a stream back into the response that they were cut from, also when cut short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlog.message import JSON
from llmlog.reading import (
    anthropic_stream,
    chat_stream,
    converse,
    gemini_stream,
    responses_stream,
    result,
)
from llmlog.reading.access import either, mapping, text


def assemble(chunks: Sequence[JSON]) -> JSON:
    """Return the response that the chunks are of, in the shape that `read_response` takes.

    Texts are joined; chunks that no dialect explains come back as a list.
    """
    if all(isinstance(chunk, str) for chunk in chunks):
        return "".join(map(str, chunks))
    events = [mapping(chunk) for chunk in chunks if isinstance(chunk, dict)]
    return _assembled(events) if len(events) == len(chunks) else list(chunks)


def _assembled(events: Sequence[Mapping[str, JSON]]) -> JSON:
    kinds = {text(event.get("type")) or "" for event in events}
    if any(isinstance(event.get("choices"), list) for event in events):
        return chat_stream.assemble(events)
    if any(kind.startswith("response.") for kind in kinds):
        return responses_stream.assemble(events)
    if kinds & anthropic_stream.EVENTS:
        return anthropic_stream.assemble(events)
    if any("candidates" in event or either(event, "usage_metadata") for event in events):
        return gemini_stream.assemble(events)
    if any(map(converse.is_event, events)):
        return converse.assemble(events)
    value = result.assemble_value(events)
    return list(events) if value is None else value
