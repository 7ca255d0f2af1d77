"""Raw settings to typed values: the one place where texts become numbers and truths."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from cattrs import Converter

from llmlog.secret import Secret

_TRUTH: Mapping[str, bool] = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off", ""), False),
}


def _bool(raw: Any, _: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if (truth := _TRUTH.get(str(raw).strip().lower())) is None:
        message = "say true or false"
        raise ValueError(message)
    return truth


def _number(raw: Any, kind: Any) -> Any:
    if isinstance(raw, bool):
        message = "say a number"
        raise ValueError(message)  # noqa: TRY004
    return kind(raw)


def _texts(raw: Any, _: Any) -> tuple[str, ...]:
    items = raw.split(",") if isinstance(raw, str) else raw
    return tuple(str(item).strip() for item in items if str(item).strip())


def _pairs(raw: Any, _: Any) -> Mapping[str, str]:
    if isinstance(raw, str):
        items = [item.partition("=") for item in raw.split(",") if item.strip()]
        if any(not equals for _, equals, _ in items):
            message = "say name=value,name=value"
            raise ValueError(message)
        return {key.strip(): value.strip() for key, _, value in items}
    return {str(key): str(value) for key, value in raw.items()}


def _literal(raw: Any, hint: Any) -> Any:
    if raw not in get_args(hint):
        message = f"say {' or '.join(map(str, get_args(hint)))}"
        raise ValueError(message)
    return raw


def _function(raw: Any, _: Any) -> Any:
    if not callable(raw):
        message = "give a function, in code"
        raise ValueError(message)  # noqa: TRY004
    return raw


def _optional(raw: Any, hint: Any) -> Any:
    if raw is None:
        return None
    inner = [argument for argument in get_args(hint) if argument is not type(None)]
    return _converter.structure(raw, inner[0] if len(inner) == 1 else Any)


def _make_converter() -> Converter:
    made = Converter()
    made.register_structure_hook(bool, _bool)
    made.register_structure_hook(int, _number)
    made.register_structure_hook(float, _number)
    made.register_structure_hook(
        Secret, lambda raw, _: raw if isinstance(raw, Secret) else Secret(str(raw))
    )
    made.register_structure_hook(Path, lambda raw, _: Path(raw).expanduser())
    _register_generics(made.register_structure_hook_func)
    return made


_TYPED = ((str, str), (str, Secret))


def _register_generics(register: Callable[..., Any]) -> None:
    def origin_is(*origins: Any) -> Callable[[Any], bool]:
        return lambda hint: get_origin(hint) in origins

    register(origin_is(Literal), _literal)
    register(origin_is(Callable), _function)
    register(origin_is(Union, types.UnionType), _optional)
    register(lambda hint: hint == tuple[str, ...], _texts)
    mapping = origin_is(dict, Mapping)
    register(
        lambda hint: mapping(hint) and get_args(hint) == (str, Secret),
        lambda raw, _: {name: Secret(value) for name, value in _pairs(raw, None).items()},
    )
    register(lambda hint: mapping(hint) and get_args(hint) not in _TYPED, lambda raw, _: dict(raw))
    register(lambda hint: mapping(hint) and get_args(hint) == (str, str), _pairs)


_converter = _make_converter()


def convert(raw: Any, hint: Any) -> Any:
    """Return `raw` as the type `hint`; raise what the conversion raises."""
    return _converter.structure(raw, hint)
