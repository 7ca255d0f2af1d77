"""Tolerant access to plain data: the wanted type, or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import NoReturn

from llmlog.message import JSON
from llmlog.plain import plain


def mapping(value: JSON) -> Mapping[str, JSON]:
    """Return a dict, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: JSON) -> list[JSON]:
    """Return a list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: JSON) -> str | None:
    """Return a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def count(value: JSON) -> int | None:
    """Return a number of tokens, None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return max(0, int(value))


@cache
def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def either(value: Mapping[str, JSON], name: str) -> JSON:
    """Return a field by its snake_case name, else by its camelCase name."""
    return value[name] if name in value else value.get(_camel(name))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def parsed(value: JSON) -> JSON:
    """Return the JSON value of a text; the text itself if it is none; None for an empty text."""
    if not isinstance(value, str):
        return value
    try:
        made, replaced = plain(_DECODER.decode(value))
    except (ValueError, RecursionError):
        return value or None
    return value if replaced else made
