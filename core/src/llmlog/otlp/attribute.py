"""Plain values as OTLP attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmlog.encoding import dumps_text
from llmlog.message import JSON

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_INTEGERS = range(-(2**63), 2**63)
_SCALARS = (str, bool, int, float)


def put(attributes: RepeatedCompositeFieldContainer[KeyValue], values: Mapping[str, JSON]) -> None:
    """Add attributes; None is left out.

    Texts, numbers, truths and lists of one of these keep their type. Everything else becomes JSON
    text: hardly a backend reads nested attributes.
    """
    for name, value in values.items():
        if value is not None:
            _set(attributes.add(key=name).value, value)


def _set(target: AnyValue, value: JSON) -> None:
    if isinstance(value, (list, tuple)) and _uniform(value):
        target.array_value.SetInParent()
        for item in value:
            _set(target.array_value.values.add(), item)
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        _set_integer(target, value)
    elif isinstance(value, float):
        target.double_value = value
    else:
        target.string_value = dumps_text(value)


def _set_integer(target: AnyValue, value: int) -> None:
    if value in _INTEGERS:
        target.int_value = value
    else:
        target.string_value = str(value)


def _uniform(values: list[JSON] | tuple[JSON, ...]) -> bool:
    kinds = {type(value) for value in values}
    return len(kinds) <= 1 and all(kind in _SCALARS for kind in kinds)
