"""A call that two observers see is one record: that of the one who saw it first.

An instrumentor asks `is_asked` before it begins a call, and says `enter` and `leave` around what
the client sends. A library that tells of a call only when it has ended can `expect` the client's
request instead. A bridge to another observer, such as a tracer, is a witness: it is told of each
call that an instrumentor begins, so that it makes no record of what it sees of the same call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define

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


@define(eq=False)
class Expected:
    """A request that another library is about to send; `is_over` when it was, or will not be."""

    logger: Logger
    fits: Callable[[Mapping[str, Any]], bool]
    is_over: bool = False


_expected: ContextVar[Expected | None] = ContextVar("llmlog_expected", default=None)
_asking: ContextVar[tuple[Call, ...]] = ContextVar("llmlog_asking", default=())
_witnesses: list[Witness] = []


def is_asked(logger: Logger) -> bool:
    """Say whether what happens now is part of a call that this Logger records already."""
    return any(call.logger is logger and call.status is None for call in _asking.get())


def expect(logger: Logger, fits: Callable[[Mapping[str, Any]], bool]) -> Expected:
    """Say that the next request in this context that fits is part of a call recorded elsewhere.

    `fits` gets the fields of the call that an instrumentor is about to begin. Set `is_over` on what
    comes back when the call has ended, whether it sent such a request or not.
    """
    made = Expected(logger, fits)
    _expected.set(made)
    return made


def is_expected(logger: Logger, fields: Mapping[str, Any]) -> bool:
    """Say whether another library announced this request; it is announced once."""
    known = _expected.get()
    if known is None or known.is_over or known.logger is not logger:
        return False
    known.is_over = fits = guarded(known.fits, fields, otherwise=lambda _: False)
    return fits


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
