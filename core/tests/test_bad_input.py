"""Bad input of every class: nothing raises, and the record arrives and says what was changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

import llmlog
from llmlog.encoding import _standard_dumps, dumps, loads
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.schema import from_json, to_json
from llmlog.testing.bad_input import BYTES, ENDLESS, HOSTILE, NUMBERS, BadInput, bad_input, endless


class Seen:
    """A plugin that keeps what it is given."""

    name = "seen"

    def __init__(self) -> None:
        self.payloads: list[Payload] = []

    @llmlog.hookimpl
    def log_success(self, payload: Payload) -> None:
        """Keep it."""
        self.payloads.append(payload)

    @llmlog.hookimpl
    def log_failure(self, payload: Payload) -> None:
        """Keep it."""
        self.payloads.append(payload)


@pytest.fixture
def seen() -> Iterator[Seen]:
    return Seen()


def recorded(seen: Seen, given: BadInput) -> Payload:
    with Logger(plugins=[seen], environ={}, file=False) as logger:
        with logger.call(**given.fields) as call:
            call.finish(given.response)
        assert logger.flush(60).complete
    (payload,) = seen.payloads
    return payload


CASES = {each.name: each for each in chain(bad_input(), endless())}
CHANGED = {*BYTES, *ENDLESS, *HOSTILE, *NUMBERS} - {
    "minus zero", "denormal", "largest", "beyond a double", "bool", "decimal nan", "signalling nan",
    "decimal huge", "data uri", "broken data uri", "evil text", "10 MB", "key of 70 KB",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_arrives_as_plain_values_and_says_what_was_changed(name: str, seen: Seen) -> None:
    payload = recorded(seen, CASES[name])
    made = to_json(payload)
    assert from_json(made) == payload
    assert loads(_standard_dumps(loads(made))) == loads(dumps(loads(made)))
    assert bool(payload.changes) or name not in CHANGED


@pytest.mark.parametrize(("given", "tags"), [("one", ("one",)), (["a", "b"], ("a", "b")),
                                             (7, ("7",)), (None, ()), ([], ())])  # fmt: skip
def test_one_tag_is_one_tag(given: Any, tags: tuple[str, ...], seen: Seen) -> None:
    assert recorded(seen, BadInput("tags", {"tags": given})).tags == tags


def test_what_a_block_says_may_be_bad_too(seen: Seen) -> None:
    with llmlog.context(tags="one", metadata=[1]):  # type: ignore[arg-type]
        payload = recorded(seen, BadInput("within", {"metadata": {"own": 1}}))
    assert (payload.tags, payload.metadata) == (("one",), {"value": [1], "own": 1})
