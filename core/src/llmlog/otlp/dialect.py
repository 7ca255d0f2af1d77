"""The dialects of the field: one payload, in the words of a chosen one."""

from __future__ import annotations

from functools import partial
from typing import Literal

from llmlog.otlp.convention import Mapper, gen_ai
from llmlog.otlp.openinference import openinference
from llmlog.otlp.openllmetry import openllmetry

Dialect = Literal["current", "previous", "both", "openinference", "openllmetry"]
"""The GenAI conventions in three spellings, and two dialects that name things otherwise."""


def mapper(dialect: Dialect) -> Mapper:
    """Return what makes the attributes of a call in a dialect."""
    if dialect == "openinference":
        return openinference
    if dialect == "openllmetry":
        return openllmetry
    return partial(gen_ai, conventions=dialect)
