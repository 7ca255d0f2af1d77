"""Payloads that wait as their JSON: a fraction of the objects, for the garbage collector too.

What goes to exporters that send the record as it is needs no parts while it waits. It keeps what
lanes and requests look at, such as its id, kind and times; whatever else somebody asks for is read
from the JSON again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, cast

from attrs import evolve

from llmlog.payload import Payload
from llmlog.schema import from_json, to_dict
from llmlog.shared import READ, asking

PARTS: Final = ("input_messages", "output_messages", "usage", "cost", "parameters", "tools",
                "metadata", "attributes", "rate_limit")  # fmt: skip


class _Lean(Payload):
    """A payload without its parts, equal to the one that it was.

    It never becomes a plain one again, only whole: another thread may be at it.
    """

    __slots__ = ()
    __qualname__ = Payload.__qualname__
    __hash__ = Payload.__hash__

    def __new__(cls, **given: Any) -> Payload:  # type: ignore[misc]
        """Return a plain payload: what is made of a lean one, as by `evolve`, has its parts."""
        return Payload(**given)

    def __getattr__(self, name: str) -> Any:
        if name not in PARTS:
            message = f"{type(self).__qualname__!r} object has no attribute {name!r}"
            raise AttributeError(message)
        if asking.forms is not None:
            asking.forms.add(READ)
        made = from_json(self._whole)
        for part in PARTS:
            object.__setattr__(self, part, getattr(made, part))
        return getattr(made, name)

    @property
    def _forms(self) -> dict[Hashable, bytes]:
        return {to_dict: self._whole}

    @_forms.setter
    def _forms(self, _: object) -> None:
        """Keep the one form that there is, whoever wants it forgotten."""

    def __eq__(self, other: object) -> bool:
        return bool(evolve(cast("Payload", self)) == other)

    def __reduce__(self) -> tuple[Callable[[bytes], Payload], tuple[bytes]]:
        return from_json, (self._whole,)


def lighten(payload: Payload) -> None:
    """Let a payload wait as its JSON, if that was made; only for what nobody else may change."""
    forms = getattr(payload, "_forms", None)
    if not forms or to_dict not in forms or type(payload) is not Payload:
        return
    object.__setattr__(payload, "_whole", forms[to_dict])
    object.__setattr__(payload, "_forms", None)
    object.__setattr__(payload, "__class__", _Lean)
    for part in PARTS:
        object.__delattr__(payload, part)
