"""What bridges are made with: ids and places, tolerant reading, and who sees a call first.

A bridge turns what another library tells of a call into llmlog's record: as it begins and ends
(`Logger.start_call`, with `id=` where the call has one), or whole, when it has ended
(`Logger.log`). These names are public, as those of `llmlog` itself are.
"""

from __future__ import annotations

from llmlog.guard import guarded
from llmlog.identity import Span, id_from, id_text, new_id, number_of, read_traceparent, span_of
from llmlog.overlap import (
    Expected,
    Witness,
    add_witness,
    begin,
    enter,
    expect,
    is_asked,
    leave,
    remove_witness,
)
from llmlog.plain import plain
from llmlog.reading import (
    Reading,
    assemble,
    is_retryable,
    read_error,
    read_messages,
    read_response,
)
from llmlog.reading.access import count, items, mapping, parsed, text
from llmlog.reading.span import MODELS, kind_of, read_span
from llmlog.rhythm import rhythm
from llmlog.scope import ambient, current_span
from llmlog.tapping.provider import PORTS, address_of, name_of, provider_named

provider_at = name_of

__all__ = [
    "MODELS", "PORTS", "Expected", "Reading", "Span", "Witness", "add_witness", "address_of",
    "ambient", "assemble", "begin", "count", "current_span", "enter", "expect", "guarded",
    "id_from", "id_text", "is_asked", "is_retryable", "items", "kind_of", "leave", "mapping",
    "new_id", "number_of", "parsed", "plain", "provider_at", "provider_named", "read_error",
    "read_messages", "read_response", "read_span", "read_traceparent", "remove_witness", "rhythm",
    "span_of", "text",
]  # fmt: skip
