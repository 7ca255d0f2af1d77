"""Which forms of payloads a plugin asks for, learned from its batches.

What a plugin is likely to ask for of each payload can be made as the payloads come, one by one,
instead of all at once when a batch is full: the same work in short turns, so that no other thread
waits long for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from llmlog.guard import guarded
from llmlog.payload import Payload
from llmlog.schema import content, to_dict
from llmlog.shared import READ, asking

Form = Callable[[Payload], Any]
_MOST: Final = 8
_JSON_ALONE: Final = frozenset({to_dict})
_habits: WeakKeyDictionary[Any, frozenset[Form]] = WeakKeyDictionary()
_readers: WeakSet[Any] = WeakSet()
"""Who was seen to read more of a payload than its JSON, once and for all."""


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
    if READ in asked:
        _readers.add(exporter)
        asked -= {READ}
    _habits[exporter] = asked if len(asked) <= _MOST else frozenset()


def prepare(payload: Payload, exporter: Hashable) -> None:
    """Make what the exporter asked for of its last payloads; what fails is left to the exporter."""
    for form in _habits.get(exporter, ()):
        guarded(content, payload, form, otherwise=_left)


def wants_json_alone(exporter: Hashable) -> bool:
    """Say whether the exporter asked for the JSON of its last payloads and read nothing else."""
    return _habits.get(exporter) == _JSON_ALONE and exporter not in _readers


def _left(_: BaseException) -> None:
    """Leave a form to the exporter."""
