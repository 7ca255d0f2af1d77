"""Making values of a frozen class as fast as those of any other.

A frozen class of attrs sets each field through a call, so that a long record takes most of its time
to be frozen. A mould is a class of the same fields whose values are not frozen until all are set.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import attrs

T = TypeVar("T")


def mould(frozen: type[T]) -> type[T]:
    """Return a class that makes values of a frozen class, equal to those that it makes itself."""

    def freeze(made: Any) -> None:
        made.__class__ = frozen

    fields = {item.name: attrs.field(default=item.default, converter=item.converter, init=item.init)
              for item in attrs.fields(frozen)}  # type: ignore[arg-type]  # fmt: skip
    twin: Any = attrs.make_class(frozen.__name__, fields, kw_only=True, slots=True,
                            class_body={"__attrs_post_init__": freeze})  # fmt: skip
    body = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__,
            "__init__": twin.__init__, "__attrs_post_init__": freeze}  # fmt: skip
    return cast("type[T]", type(frozen.__name__, (frozen,), body))
