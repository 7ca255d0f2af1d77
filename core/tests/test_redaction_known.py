"""Known values, each form of them exactly: not a character more is hidden, none is left."""

from __future__ import annotations

import gc
import json
import logging
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from attrs import define, frozen

from llmlog.redaction import known
from llmlog.redaction.known import FEW, PLACEHOLDER, Known, LogFilter, known_values, secrets_in
from llmlog.secret import Secret

VALUE = 'it\'s "odd" \\/ é+~?>\x01'
WAYS: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda value: value,
    "json": lambda value: json.dumps(value)[1:-1],
    "json in json": lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    "repr": lambda value: repr(value)[1:-1],
    "address": lambda value: quote(value, safe=""),
    "path": quote,
    "form": quote_plus,
    "hex": lambda value: value.encode().hex(),
}


def scrubbed(text: str, *values: str) -> str:
    return known_values([Secret(value) for value in values or (VALUE,)]).scrub(text)[0]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_writing_it_is_hidden_exactly(way: str) -> None:
    for value in (VALUE, "plain-value", "with space"):
        written = WAYS[way](value)
        assert scrubbed(f"<{written}>", value) == f"<{PLACEHOLDER}>"


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize(
    "value", [VALUE, "plain-value", "value1", "value12", "value123", "\x7f\x7f>?>?\xff"]
)
def test_base64_of_it_with_anything_before_and_behind_is_hidden_exactly(
    encode: Callable[[bytes], bytes], value: str
) -> None:
    """What is hidden are the letters that the value alone decides."""
    content = value.encode()
    for before in range(4):
        for behind in range(4):
            whole = b"u" * before + content + b"r" * behind
            first, end = -(-before * 8 // 6), (before + len(content)) * 8 // 6
            text = encode(whole).decode()
            assert scrubbed(text, value) == text[:first] + PLACEHOLDER + text[end:]


def test_the_number_of_places_is_told() -> None:
    made = known_values([Secret("value-one"), Secret("value-two")]).scrub(
        "value-one value-two value-one"
    )
    assert made == (f"{PLACEHOLDER} {PLACEHOLDER} {PLACEHOLDER}", 3)


def test_of_two_values_the_longer_goes_first() -> None:
    assert (
        scrubbed("value-one-more value-one", "value-one", "value-one-more")
        == f"{PLACEHOLDER} {PLACEHOLDER}"
    )


def test_lone_surrogates_are_no_matter() -> None:
    assert scrubbed("x\udc80valuex", "\udc80value") == f"x{PLACEHOLDER}x"


@define
class Inner:
    key: Any


@frozen
class Outer:
    inner: Any
    n: int = 1


def test_secrets_are_found_in_objects_too() -> None:
    value = Outer(
        [
            Inner({"a": Secret("one")}),
            frozenset({Secret("two")}),
            Inner(Secret("three")),
            object(),
            "text",
        ]
    )
    assert sorted(secrets_in(value)) == ["one", "three", "two"]
    assert list(secrets_in("text")) == list(secrets_in(5)) == list(secrets_in(None)) == []


class TestLearning:
    def test_nothing_new_changes_nothing(self) -> None:
        values = known_values([Secret("value-one")])
        forms = values.forms
        values.learn([Secret("value-one"), Secret("abc")])
        assert values.forms is forms
        values.learn([Secret("value-two")])
        assert set(forms) < set(values.forms)

    def test_six_characters_are_enough(self) -> None:
        assert scrubbed("abcdef", "abcdef") == PLACEHOLDER
        assert scrubbed("abcde", "abcde") == "abcde"

    def test_the_shortest_form_is_known(self) -> None:
        values = known_values([Secret("a-longer-value"), Secret("value1")])
        assert values.shortest == min(map(len, values.forms)) == 6
        assert len(values.forms[0]) == max(map(len, values.forms))
        assert Known().shortest == 0

    def test_many_forms_are_looked_up_by_their_beginning_and_few_are_tried(self) -> None:
        forms = len(known_values([Secret("value-one")]).forms)
        for count, by_head in ((FEW, False), (FEW + 1, True)):
            values = Known(forms=tuple(f"form-{number:03}" for number in range(count - forms)))
            values.learn([Secret("value-one")])
            assert len(values.forms) == count
            assert bool(values.heads) is by_head
            assert values.scrub("form-001 value-one") == (f"{PLACEHOLDER} {PLACEHOLDER}", 2)


@pytest.mark.parametrize("more", [0, FEW])
class TestLooking:
    @pytest.fixture
    def values(self, more: int) -> Known:
        return known_values([Secret("value1"), *(Secret(f"other-{each}") for each in range(more))])

    def test_a_value_is_in_a_text_or_is_not(self, values: Known) -> None:
        assert values.in_any(["nothing", "value1"]) is True
        assert values.in_any(iter(["a value1 b"])) is True
        assert values.in_any(["nothing here", "value2"]) is False
        assert values.in_any([]) is False

    def test_its_escaped_forms_are_looked_at_too(self, values: Known) -> None:
        assert values.in_any(["nothing", r"\u0076alue1"]) is True
        assert values.in_any(["%76%61lue1"]) is True
        assert values.in_any(["%76%61lue2"]) is False

    def test_it_is_found_at_either_end(self, values: Known) -> None:
        assert values.scrub("value1") == (PLACEHOLDER, 1)
        assert values.scrub("it is value1") == (f"it is {PLACEHOLDER}", 1)
        assert values.scrub("value1 it is") == (f"{PLACEHOLDER} it is", 1)
        assert values.scrub("value") == ("value", 0)
        assert values.scrub("") == ("", 0)


def test_where_nothing_is_known_nothing_is_found() -> None:
    assert Known().in_any(["anything"]) is False
    assert Known().scrub("anything") == ("anything", 0)


def test_the_text_alone_can_be_had_or_nothing_of_it() -> None:
    values = known_values([Secret("value-one")])
    assert values("a value-one b") == f"a {PLACEHOLDER} b"
    assert values(5) == "[hidden: failed]"  # type: ignore[arg-type]


class TestOurLog:
    @pytest.fixture
    def values(self) -> Known:
        return known_values([Secret("value-one")])

    @pytest.fixture
    def watching(self, values: Known) -> LogFilter:
        log_filter = LogFilter()
        log_filter.watch(values)
        log_filter.watch(Known())
        return log_filter

    def test_every_line_passes_without_the_values(self, watching: LogFilter, values: Known) -> None:
        record = logging.LogRecord("llmlog", 30, "", 1, "a %s value-one", ("value-one",), None)
        assert watching.filter(record) is True
        assert (record.msg, record.args) == (f"a {PLACEHOLDER} {PLACEHOLDER}", ())
        assert (record.exc_info, record.exc_text) == (None, None)

    def test_an_exception_is_text_from_then_on(self, watching: LogFilter) -> None:
        try:
            raise ValueError("with value-one")
        except ValueError:
            record = logging.LogRecord("llmlog", 30, "", 1, "failed", (), sys.exc_info())
        assert watching.filter(record) is True
        assert record.exc_info is None
        assert record.exc_text is not None
        assert record.exc_text.endswith(f"ValueError: with {PLACEHOLDER}")
        assert record.exc_text.startswith("Traceback")

    def test_a_line_that_cannot_be_written_says_nothing(self, watching: LogFilter) -> None:
        record = logging.LogRecord("llmlog", 30, "", 1, "%d value-one", ("value-one",), None)
        assert watching.filter(record) is True
        assert (record.msg, record.args, record.exc_info, record.exc_text) == (
            "[hidden: failed]",
            (),
            None,
            None,
        )

    def test_values_are_kept_out_of_llmlogs_logger_once(self, values: Known) -> None:
        log = logging.getLogger("llmlog")
        before = log.filters[:]
        try:
            known.watch_log(values)
            known.watch_log(values)
            (added,) = [each for each in log.filters if isinstance(each, LogFilter)]
            record = logging.LogRecord("llmlog", 30, "", 1, "value-one", (), None)
            assert log.filter(record)
            assert record.getMessage() == PLACEHOLDER
            assert added in log.filters
        finally:
            log.filters[:] = before
            gc.collect()
