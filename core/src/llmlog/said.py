"""What was said of a call, under the names of a payload: each field by its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args

from llmlog.cleaner import Cleaner
from llmlog.payload import Attempt, Guardrail, Kind
from llmlog.reading import read_messages, simple_message

_KINDS: Final = frozenset(get_args(Kind))
_INT_LIMIT: Final = 2**63
_AMOUNT: Final = 1e300
_TEXTS: Final[Mapping[str, str]] = {
    "name": "name", "provider": "provider_name", "model": "request_model",
    "server_address": "server_address", "deployment": "deployment_id",
    "model_alias": "model_alias", "cache_key": "cache_key", "session": "session_id",
    "user": "user_id", "team": "team_id", "organization": "organization_id",
    "project": "project_id", "key_alias": "key_alias", "key_hash": "key_hash",
    "prompt_name": "prompt_name", "prompt_version": "prompt_version",
}  # fmt: skip


_ADDED_UP = frozenset({"tags", "metadata"})
"""What a call makes itself, of the blocks around it and its own: there even when empty."""


def said(fields: Mapping[str, Any], clean: Cleaner) -> dict[str, Any]:
    """Return what was said of the call, under the names of a payload; only what is there."""
    made: dict[str, Any] = {}
    for key, value in fields.items():
        if value is None or (key in _ADDED_UP and not value):
            continue
        name = _TEXTS.get(key)
        if name is not None:
            made[name] = clean.text(name, value)
        elif (read := _READERS.get(key)) is not None:
            name, reader = read
            made[name] = reader(clean, name, value)
    return made


def kind_of(fields: Mapping[str, Any]) -> Kind | None:
    """Return the kind of a call; None when there is no such kind."""
    kind = fields.get("kind") or "chat"
    return cast("Kind", kind) if isinstance(kind, str) and kind in _KINDS else None


def whole(value: Any) -> int | None:
    """Return a whole number that JSON can hold; None for anything else."""
    return value if type(value) is int and abs(value) < _INT_LIMIT else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _amount(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and abs(value) < _AMOUNT else None


def _only(read: Callable[[Any], Any]) -> Callable[[Cleaner, str, Any], Any]:
    """Return a reader that leaves out, with a note, what is not of the kind of its field."""

    def reader(clean: Cleaner, name: str, value: Any) -> Any:
        made = read(value)
        if made is None:
            clean.refuse(name)
        return made

    return reader


def _conversation(clean: Cleaner, name: str, value: Any) -> Any:
    """Return messages: the simple ones read as they are, the others made plain, all in one walk."""
    if type(value) is not list:
        return read_messages(clean(name, value))
    simple = list(map(simple_message, value))
    if all(simple):
        return simple
    others = [raw for raw, made in zip(value, simple, strict=True) if made is None]
    rest = iter(read_messages(clean(name, others)))
    return [next(rest) if made is None else made for made in simple]


def _tools(clean: Cleaner, name: str, value: Any) -> Any:
    tools = clean(name, value)
    return tuple(tools if isinstance(tools, list) else [tools] if tools else ())


def _tags(clean: Cleaner, name: str, value: Any) -> Any:
    tags = (value,) if isinstance(value, str) else value
    return tuple(str(clean(name, tag)) for tag in tags)


_READERS: Final[Mapping[str, tuple[str, Callable[[Cleaner, str, Any], Any]]]] = {
    "messages": ("input_messages", _conversation),
    "input": ("input_value", Cleaner.__call__),
    "tools": ("tools", _tools),
    "tags": ("tags", _tags),
    **{name: (name, Cleaner.mapping)
       for name in ("parameters", "rate_limit", "metadata", "attributes")},
    "server_port": ("server_port", _only(whole)), "cost_saved": ("cost_saved", _only(_amount)),
    **{name: (name, _only(_truth)) for name in ("stream", "cache_hit")},
    "guardrails": ("guardrails", lambda _, __, values: _typed(Guardrail, values)),
    "attempts": ("attempts", lambda _, __, values: _typed(Attempt, values)),
}  # fmt: skip


def _typed(kind: type[Any], values: Any) -> tuple[Any, ...]:
    given = values if isinstance(values, (list, tuple)) else ()
    return tuple(value for value in given if isinstance(value, kind))
