"""Payloads as plain data: both ways through cattrs, as JSON bytes, and as a JSON Schema.

Representation: fields that are `None` or empty are left out; tuples are arrays; a message part
is an object with its `type`. Unknown fields of a newer minor schema version are ignored on the
way in.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from llmlog.encoding import Encoded, dumps_to_keep, loads
from llmlog.message import JSON, PARTS, Message, Part, Raw, Text
from llmlog.payload import SCHEMA_VERSION, Payload
from llmlog.shared import shared


def _structure_part(value: Mapping[str, JSON], _: Any) -> Part:
    part = PARTS.get(value.get("type", ""), Raw)
    known = {item.name for item in attrs.fields(part)}
    if part is Raw and "value" not in value:
        return Raw(value=dict(value))
    return part(**{name: item for name, item in value.items() if name in known})


_NAMES = {part: tuple(item.name for item in attrs.fields(part)) for part in PARTS.values()}


def _plain_part(part: Part) -> dict[str, JSON]:
    if type(part) is Text:
        return {"type": "text", "content": part.content}
    made: dict[str, JSON] = {"type": part.type}
    for name in _NAMES[type(part)]:
        value = getattr(part, name)
        if value is not None or name == "value":
            made[name] = value
    return made


def _plain_message(message: Message) -> dict[str, JSON]:
    made: dict[str, JSON] = {"role": message.role}
    if message.parts:
        made["parts"] = list(map(_plain_part, message.parts))
    if message.name is not None:
        made["name"] = message.name
    if message.finish_reason is not None:
        made["finish_reason"] = message.finish_reason
    return made


def _plain_messages(messages: Iterable[Message]) -> list[dict[str, JSON]]:
    """Return messages as cattrs would, in half the time: most of a record are messages."""
    return list(map(_plain_message, messages))


def _is_scalar(hint: Any) -> bool:
    """Say whether a field holds a number, a truth, a text or nothing, so that it is as it is."""
    if get_origin(hint) in (Union, types.UnionType):
        return all(map(_is_scalar, get_args(hint)))
    return (hint in _SCALARS and hint is not Any) or get_origin(hint) is Literal


def _is_json(hint: Any) -> bool:
    """Say whether a field holds what is JSON already."""
    origin: Any = get_origin(hint)
    return hint is Any or origin is Mapping


@cache
def converter() -> Converter:
    """Return the converter between payloads and plain dicts, made at first use."""
    made = Converter(omit_if_default=True)
    made.register_unstructure_hook_func(_is_scalar, identity)
    for part in PARTS.values():
        made.register_unstructure_hook(part, _plain_part)
    made.register_unstructure_hook(Message, _plain_message)
    made.register_unstructure_hook_func(lambda t: t == tuple[Message, ...], _plain_messages)
    made.register_structure_hook_func(lambda t: t == Part, _structure_part)
    made.register_unstructure_hook_func(lambda t: t == Part, _plain_part)
    made.register_structure_hook_func(lambda t: t is Any or t == JSON, lambda value, _: value)
    made.register_unstructure_hook_func(_is_json, _copied)
    made.register_unstructure_hook(Payload, make_dict_unstructure_fn(
        Payload, made, _cattrs_omit_if_default=True,
        schema_version=override(omit_if_default=False),
    ))  # fmt: skip
    made.register_structure_hook(Payload, make_dict_structure_fn(Payload, made))
    return made


_ATOMS = frozenset({str, int, float, bool, type(None)})


def _copied(value: JSON) -> JSON:
    """Return a value of lists and dicts that are nobody else's; what is no JSON by its class."""
    exact = type(value)
    if exact in _ATOMS:
        return value
    if exact is dict:
        return {key: item if type(item) in _ATOMS else _copied(item)
                for key, item in value.items()}  # fmt: skip
    if exact is list or exact is tuple:
        return list(map(_copied, value))
    return converter().unstructure(value, exact)


def to_dict(payload: Payload) -> dict[str, JSON]:
    """Return the payload as plain data, without absent fields."""
    made: dict[str, JSON] = converter().unstructure(payload, Payload)
    return made


def from_dict(value: Mapping[str, JSON]) -> Payload:
    """Read a payload from plain data.

    Raises `ValueError` for another major schema version, cattrs' errors for a wrong shape.
    """
    version = str(value.get("schema_version", SCHEMA_VERSION))
    if version.split(".", maxsplit=1)[0] != SCHEMA_VERSION.split(".")[0]:
        message = f"payload schema {version}: this llmlog reads {SCHEMA_VERSION}; upgrade llmlog"
        raise ValueError(message)
    return converter().structure(value, Payload)


def encoded(payload: Payload, form: Callable[[Payload], JSON] = to_dict) -> Encoded:
    """Return what `form` makes of the payload, as JSON: made once, whoever asks for it.

    `form` is a function of a module, no lambda: it is the name under which the result is shared.
    """
    return Encoded(content(payload, form))


def content(payload: Payload, form: Callable[[Payload], JSON] = to_dict) -> bytes:
    """Return what `encoded` has in it."""
    return shared(payload, form, _made)


def _made(payload: Payload, form: Callable[[Payload], JSON]) -> bytes:
    return dumps_to_keep(form(payload))


def to_json(payload: Payload) -> bytes:
    """Return the payload as compact UTF-8 JSON; made once, whoever asks for it."""
    return content(payload)


def from_json(content: bytes | str) -> Payload:
    """Read a payload from JSON; raise as `from_dict` does."""
    return from_dict(loads(content))


def json_schema() -> dict[str, JSON]:
    """Return the JSON Schema (draft 2020-12) of a payload."""
    definitions: dict[str, JSON] = {}
    _object(Payload, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "llmlog payload",
        "$ref": "#/$defs/Payload",
        "$defs": definitions,
    }


_SCALARS: Mapping[Any, dict[str, JSON]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"},
    bool: {"type": "boolean"}, Any: {}, type(None): {"type": "null"},
}  # fmt: skip


def _of(hint: Any, definitions: dict[str, JSON]) -> dict[str, JSON]:
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(argument, definitions) for argument in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is not None:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    return _object(hint, definitions)


def _object(cls: type, definitions: dict[str, JSON]) -> dict[str, JSON]:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}
        hints = get_type_hints(cls)
        properties = {item.name: _of(hints[item.name], definitions) for item in attrs.fields(cls)}
        required = [item.name for item in attrs.fields(cls) if item.default is attrs.NOTHING]
        if cls in PARTS.values():
            properties["type"] = {"const": cls.type}  # type: ignore[attr-defined]
            required.append("type")
        definitions[cls.__name__] = {
            "type": "object", "properties": properties, "required": required,
        }  # fmt: skip
    return {"$ref": f"#/$defs/{cls.__name__}"}
