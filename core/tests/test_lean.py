"""A payload that waits as its JSON is the same record to whoever asks."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import attrs
import pytest
from attrs import evolve, frozen
from hypothesis import given

from llmlog import HTTPExporter, Logger, Payload, Request, hookimpl
from llmlog.habit import learning, wants_json_alone
from llmlog.lean import PARTS, lighten
from llmlog.redaction import Policy
from llmlog.redaction.known import Known
from llmlog.schema import content, encoded, from_dict, to_dict, to_json
from llmlog.secret import Secret
from llmlog.shared import KEPT_BYTES, shared
from llmlog.sizing import fitted, forms
from llmlog.testing import SAMPLES, sample
from llmlog.testing.endpoint import ScriptedEndpoint
from llmlog.testing.strategies import payloads


def lean(payload: Payload) -> Payload:
    """Return an equal payload that has let go of its parts."""
    made = evolve(payload)
    to_json(made)
    lighten(made)
    return made


def held(payload: Payload) -> int:
    """Return how many objects that the collector looks at are in a payload."""
    found, to_walk = set[int](), [payload]
    while to_walk:
        for each in gc.get_referents(to_walk.pop()):
            if gc.is_tracked(each) and not isinstance(each, type) and id(each) not in found:
                found.add(id(each))
                to_walk.append(each)
    return len(found)


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_the_record_that_it_was(name: str) -> None:
    payload = sample(name)
    assert lean(payload) == payload
    assert payload == lean(payload)
    assert lean(payload) == lean(payload)
    assert (lean(payload) != payload) is False
    assert lean(payload) != evolve(payload, id="other")
    assert lean(payload) != "payload"
    assert repr(lean(payload)) == repr(payload)
    assert attrs.asdict(lean(payload)) == attrs.asdict(payload)
    assert to_dict(lean(payload)) == to_dict(payload)
    assert to_json(lean(payload)) == to_json(payload)
    for item in attrs.fields(Payload):
        assert getattr(lean(payload), item.name) == getattr(payload, item.name)


@given(payloads())
def test_whatever_is_in_a_record_is_read_again(payload: Payload) -> None:
    kept = from_dict(to_dict(payload))  # a tuple in JSON is a list
    assert lean(kept) == kept


@pytest.mark.parametrize("name", SAMPLES)
def test_copies_and_changes_of_it_are_plain_payloads(name: str) -> None:
    payload = sample(name)
    for made in (copy.copy(lean(payload)), copy.deepcopy(lean(payload)),
                 pickle.loads(pickle.dumps(lean(payload))), evolve(lean(payload))):  # fmt: skip
        assert type(made) is Payload
        assert made == payload
    assert evolve(lean(payload), usage=None) == evolve(payload, usage=None)


@pytest.mark.parametrize("content", ["full", "masked", "none"])
@pytest.mark.parametrize("name", SAMPLES)
def test_policies_do_the_same_to_it(name: str, content: Any) -> None:
    known = Known()
    known.learn([Secret("fake-secret")])
    payload = evolve(sample(name), metadata={"key": "fake-secret", "mail": "zoe@example.com"})
    policy = Policy(content=content, known=known)
    assert policy.apply(lean(payload)) == policy.apply(payload)
    assert list(forms(lean(payload))) == list(forms(payload))


def test_it_cannot_be_changed_and_has_no_other_fields() -> None:
    waiting: Any = lean(sample("chat"))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        waiting.usage = None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del waiting.id
    with pytest.raises(AttributeError, match="'Payload' object has no attribute 'nothing'"):
        _ = waiting.nothing
    with pytest.raises(TypeError, match="unhashable"):
        hash(waiting)


def test_it_holds_less_until_somebody_reads_it() -> None:
    payload = sample("tools")
    waiting = lean(payload)
    before = held(waiting)
    assert before * 2 < held(payload)
    assert waiting.usage == payload.usage
    assert held(waiting) > before


def test_without_its_json_a_payload_stays_as_it_is() -> None:
    payload = sample("chat")
    lighten(payload)
    assert type(payload) is Payload
    lighten(waiting := lean(payload))
    assert waiting == payload


def test_other_forms_are_made_of_it_and_its_json_is_never_forgotten() -> None:
    waiting, whole = lean(sample("chat")), to_json(sample("chat"))
    assert encoded(waiting, roles).content == b'["system","user","assistant"]'
    assert fitted(waiting, lambda each: len(to_json(each)) < len(whole)) is not None
    other = sample("chat")
    for number in range(KEPT_BYTES // 1_000_000 + 2):
        shared(evolve(other), number, lambda _, __: bytes(1_000_000))
    assert content(waiting) == whole


def roles(payload: Payload) -> Any:
    return [message.role for message in (*payload.input_messages, *payload.output_messages)]


def test_who_reads_it_while_it_lets_go_misses_nothing() -> None:
    """Another thread may come between any two lines."""
    expected = sample("tools")
    payload = evolve(expected)
    to_json(payload)
    seen = list[bool]()

    def between(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is lighten.__code__ and event == "line":
            seen.extend(getattr(payload, part) == getattr(expected, part) for part in PARTS)
        return between

    before = sys.gettrace()
    sys.settrace(between)
    try:
        lighten(payload)
    finally:
        sys.settrace(before)
    assert len(seen) > 2 * len(PARTS) ** 2
    assert all(seen)
    assert payload == expected


# Whose payloads wait so.


@frozen
class Settings:
    url: str = ""


seen_types: list[type] = []


def whole(settings: Settings, batch: Sequence[Payload]) -> Request:
    seen_types.extend(map(type, batch))
    return Request.json(settings.url, list(batch))


def reading(settings: Settings, batch: Sequence[Payload]) -> Request:
    seen_types.extend(map(type, batch))
    return Request.json(settings.url, [[to_json(each).decode(), each.tokens.input_tokens]
                                       for each in batch])  # fmt: skip


def sent(encode: Any, *others: Any) -> list[list[type]]:
    """Return the classes of the payloads in each of four batches of one call each."""
    mine = HTTPExporter(name="mine", settings=Settings, encode=encode)
    batches = list[list[type]]()
    with ScriptedEndpoint() as endpoint, Logger(
        plugins=[mine, *others], environ={}, file=False, plugin={"mine": {"url": endpoint.url}},
    ) as logger:  # fmt: skip
        for _ in range(4):
            seen_types.clear()
            with logger.call(kind="chat", model="m", messages="Hello") as call:
                call.finish({"content": "Hi", "usage": {"input_tokens": 5}})
            assert logger.flush(10).complete
            batches.append(list(seen_types))
        assert len(endpoint.wait_for(4)) == 4
    return batches


def is_lean(kind: type) -> bool:
    return kind is not Payload


def test_an_exporter_of_the_record_as_it_is_gets_lean_ones_once_that_is_known() -> None:
    first, *rest = sent(whole)
    assert first == [Payload]
    assert all(is_lean(kind) for batch in rest for kind in batch)


def test_one_that_reads_fields_too_is_found_out_after_one_batch() -> None:
    _, second, *rest = sent(reading)
    assert is_lean(second[0])
    assert rest == [[Payload], [Payload]]


def test_beside_one_that_keeps_payloads_none_is_lean() -> None:
    class Keeper:
        def __init__(self) -> None:
            self.kept = list[Payload]()

        @hookimpl
        def log_success(self, payload: Payload) -> None:
            self.kept.append(payload)

    keeper = Keeper()
    assert sent(whole, keeper) == [[Payload]] * 4
    assert len(keeper.kept) == 4


def test_a_payload_of_the_callers_own_is_left_alone() -> None:
    mine = HTTPExporter(name="mine", settings=Settings, encode=whole)
    given_ones = [evolve(sample("chat"), id=f"{number}") for number in range(3)]
    with ScriptedEndpoint() as endpoint, Logger(
        plugins=[mine], environ={}, file=False, plugin={"mine": {"url": endpoint.url}},
    ) as logger:  # fmt: skip
        for payload in given_ones:
            logger.log(payload)
            assert logger.flush(10).complete
    assert wants_json_alone(mine)
    assert {type(payload) for payload in given_ones} == {Payload}


def test_who_asks_for_more_than_the_json_has_no_such_habit() -> None:
    def mine() -> None: ...

    assert not wants_json_alone(mine)
    with learning(mine):
        to_json(sample("chat"))
    assert wants_json_alone(mine)
    with learning(mine):
        to_json(sample("chat"))
        encoded(sample("chat"), to_dict_too)
    assert not wants_json_alone(mine)
    with learning(mine):
        to_json(waiting := lean(sample("chat")))
        assert waiting.cost is None or waiting.cost
    with learning(mine):
        to_json(sample("chat"))
    assert not wants_json_alone(mine)


def to_dict_too(payload: Payload) -> Any:
    return to_dict(payload)
