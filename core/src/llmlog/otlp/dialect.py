"""The dialects of the field: one payload, in the words of a chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from llmlog.otlp.convention import Mapper, gen_ai
from llmlog.otlp.langfuse import langfuse
from llmlog.otlp.openinference import openinference
from llmlog.otlp.openllmetry import openllmetry

Dialect = Literal["current", "previous", "both", "openinference", "openllmetry", "langfuse"]
"""The GenAI conventions in three spellings, and three dialects that name things otherwise."""
_MAPPERS: Mapping[Dialect, Mapper] = {
    "current": partial(gen_ai, conventions="current"),
    "previous": partial(gen_ai, conventions="previous"),
    "both": partial(gen_ai, conventions="both"),
    "openinference": openinference,
    "openllmetry": openllmetry,
    "langfuse": langfuse,
}


def mapper(dialect: Dialect) -> Mapper:
    """Return what makes the attributes of a call in a dialect."""
    return _MAPPERS[dialect]
