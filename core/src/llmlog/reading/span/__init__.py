"""Attributes of other instrumentations' spans back into llmlog's words: the way back of `otlp`.

Dialects: OpenInference, the GenAI conventions, and OpenLLMetry, which came before them.
"""

from __future__ import annotations

from typing import Any

from llmlog.payload import Kind
from llmlog.reading.span import gen_ai, openinference
from llmlog.reading.span.attribute import Attributes
from llmlog.reading.span.kind import MODELS, OPENINFERENCE, kind_of

__all__ = ["MODELS", "kind_of", "read_span"]


def read_span(kind: Kind, attributes: Attributes) -> dict[str, Any]:
    """Return what the attributes of one span say, under the names of a payload.

    `provider` is the library's word for who answers; `usage` is a `Usage`, or counts in OpenAI's
    shape.
    """
    read = openinference.read if OPENINFERENCE in attributes else gen_ai.read
    return read(kind, attributes)
