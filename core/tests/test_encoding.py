"""JSON that is made once and shared."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve

from llmlog import Payload, Request
from llmlog.encoding import Encoded, _standard_dumps, dumps
from llmlog.message import JSON
from llmlog.schema import encoded, to_dict, to_json
from llmlog.shared import KEPT_BYTES, recent
from llmlog.testing import SAMPLES, sample

Encode = Callable[[JSON], bytes]
ENCODERS: tuple[Encode, ...] = (dumps, _standard_dumps)


@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_payload_stands_for_its_record_anywhere(name: str, encode: Encode) -> None:
    payload = sample(name)
    made = json.loads(encode({"records": [payload], "deep": {"er": (payload, 1)}}))
    record = json.loads(json.dumps(to_dict(payload)))
    assert made == {"records": [record], "deep": {"er": [record, 1]}}


@pytest.mark.parametrize("encode", ENCODERS)
def test_what_is_json_already_is_put_in_as_it_is(encode: Encode) -> None:
    piece = Encoded(b'{"a" : "\\u00e9"}')
    assert encode([1, piece, {"b": piece}]) == b'[1,{"a" : "\\u00e9"},{"b":{"a" : "\\u00e9"}}]'


@pytest.mark.parametrize("encode", ENCODERS)
def test_what_is_no_json_is_refused(encode: Encode) -> None:
    with pytest.raises(TypeError):
        encode([object()])


def test_no_text_can_stand_for_a_piece() -> None:
    texts = ['"0"', "0", "\x000", '","', "\\", "%s"]
    made = _standard_dumps({"texts": texts, "piece": Encoded(b"7")})
    assert json.loads(made) == {"texts": texts, "piece": 7}


def test_the_record_is_encoded_once_for_all() -> None:
    payload = sample()
    first = to_json(payload)
    assert to_json(payload) is first
    assert encoded(payload).content is first
    assert Request.ndjson("http://127.0.0.1", [payload, payload]).content == (first + b"\n") * 2
    assert Request.json("http://127.0.0.1", [payload]).content == b"[" + first + b"]"


def test_any_form_is_made_once() -> None:
    asked: list[str] = []

    def form(payload: Payload) -> JSON:
        asked.append(payload.id)
        return {"id": payload.id}

    payload = sample()
    assert encoded(payload, form) == encoded(payload, form)
    assert asked == [payload.id]
    assert json.loads(encoded(payload, form).text) == {"id": payload.id}


def test_a_form_is_no_part_of_the_payload() -> None:
    payload = sample()
    before = repr(payload)
    to_json(payload)
    assert (payload, repr(payload)) == (sample(), before)
    for other in (copy.copy(payload), pickle.loads(pickle.dumps(payload)), copy.deepcopy(payload)):
        assert other == payload
        assert to_json(other) == to_json(payload)


def test_a_changed_payload_has_forms_of_its_own() -> None:
    payload = sample()
    to_json(payload)
    changed = evolve(payload, user_id="someone else")
    assert json.loads(to_json(changed))["user_id"] == "someone else"


def test_forms_are_kept_within_bounds() -> None:
    text = "x" * (KEPT_BYTES // 8)
    payloads = [evolve(sample(), input_value=f"{number}{text}") for number in range(20)]
    made = [to_json(payload) for payload in payloads]
    assert recent.bytes <= KEPT_BYTES
    assert to_json(payloads[-1]) is made[-1]
    assert to_json(payloads[0]) is not made[0]
    assert to_json(payloads[0]) == made[0]


@pytest.mark.parametrize("text", ["x" * 10, "x" * 1_000, "x" * 20_000])
def test_a_form_takes_no_more_memory_than_its_bytes(text: str) -> None:
    """orjson returns bytes in a buffer that may be ten times as large."""
    payloads = [evolve(sample("bare"), name=text) for _ in range(50)]
    to_json(evolve(payloads[0]))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        sizes = sum(len(to_json(payload)) for payload in payloads)
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held < sizes * 1.2 + 1_000 * len(payloads)


def test_forms_go_with_their_payload() -> None:
    payload = evolve(sample(), input_value="y" * 1_000_000)
    content = to_json(payload)
    del payload
    gc.collect()
    assert not any(isinstance(holder, dict) and content in holder.values()
                   for holder in gc.get_referrers(content))  # fmt: skip


def test_several_threads_get_equal_forms() -> None:
    payloads = [evolve(sample(), user_id=str(number)) for number in range(50)] * 4
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(to_json, payloads))
    assert made == [dumps(to_dict(payload)) for payload in payloads]
