"""Which forms of payloads a plugin asks for, learned from its batches.

What a plugin is likely to ask for of each payload can be made as the payloads come, one by one,
instead of all at once when a batch is full: the same work in short turns, so that no other thread
waits long for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary

from llmlog.guard import guarded
from llmlog.payload import Payload
from llmlog.schema import content
from llmlog.shared import asking

Form = Callable[[Payload], Any]
_MOST: Final = 8
_habits: WeakKeyDictionary[Any, frozenset[Form]] = WeakKeyDictionary()


@contextmanager
def learning(exporter: Hashable) -> Iterator[None]:
    """Note which forms are asked for within the block, on this thread, as this exporter's."""
    before = asking.forms
    asked: set[Form] = set()
    asking.forms = asked
    try:
        yield
    finally:
        asking.forms = before
        _learn(exporter, frozenset(asked))


def _learn(exporter: Hashable, asked: frozenset[Form]) -> None:
    """Replace what was known of the exporter; one with very many forms has no habit."""
    _habits[exporter] = asked if len(asked) <= _MOST else frozenset()


def prepare(payload: Payload, exporter: Hashable) -> None:
    """Make what the exporter asked for of its last payloads; what fails is left to the exporter."""
    for form in _habits.get(exporter, ()):
        guarded(content, payload, form, otherwise=_left)


def _left(_: BaseException) -> None:
    """Leave a form to the exporter."""
