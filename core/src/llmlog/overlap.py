"""A call that two observers see is one record: that of the one who saw it first.

An instrumentor asks `is_asked` before it begins a call, and says `enter` and `leave` around what
the client sends. A bridge to another observer, such as a tracer, is a witness: it is told of each
call that an instrumentor begins, so that it makes no record of what it sees of the same call.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Protocol

from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.identity import Span
from llmlog.scope import current_span

if TYPE_CHECKING:
    from llmlog.logger import Logger


class Witness(Protocol):
    """Another observer of calls."""

    def place(self, logger: Logger) -> Span | None:
        """Say where the call is that this Logger's instrumentor is about to begin."""
        ...

    def begun(self, call: Call) -> None:
        """Hear of the call: what else is seen of it is no record."""
        ...


_asking: ContextVar[tuple[Call, ...]] = ContextVar("llmlog_asking", default=())
_witnesses: list[Witness] = []


def is_asked(logger: Logger) -> bool:
    """Say whether what happens now is part of a call that this Logger records already."""
    return any(call.logger is logger and call.status is None for call in _asking.get())


def enter(call: Call) -> Token[tuple[Call, ...]]:
    """Say that what happens in this context is part of the call, until `leave` takes it back."""
    return _asking.set((*_asking.get(), call))


def leave(token: Token[tuple[Call, ...]]) -> None:
    """Take back what `enter` said; in another context there is nothing to take back."""
    try:
        _asking.reset(token)
    except ValueError:
        return


def begin(logger: Logger, fields: Mapping[str, Any]) -> Call:
    """Begin a call that an instrumentor saw, and tell the witnesses; no hook has run yet."""
    if not _witnesses:
        return Call(logger, fields)  # type: ignore[arg-type]
    places = (guarded(each.place, logger, otherwise=lambda _: None) for each in _witnesses)
    token = current_span.set(next(filter(None, places), None) or current_span.get())
    try:
        call = Call(logger, fields)  # type: ignore[arg-type]
    finally:
        current_span.reset(token)
    for each in _witnesses:
        guarded(each.begun, call, otherwise=lambda _: None)
    return call


def add_witness(witness: Witness) -> None:
    """Tell a witness of every call that an instrumentor begins from now on."""
    _witnesses.append(witness)


def remove_witness(witness: Witness) -> None:
    """Tell a witness no longer."""
    if witness in _witnesses:
        _witnesses.remove(witness)
