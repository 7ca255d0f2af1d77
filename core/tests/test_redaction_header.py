"""Headers of HTTP: the listed ones pass, wherever they are and however they are written."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from attrs import evolve

from llmlog.redaction.header import _DEPTH, FIELDS, Headers, _mentions
from llmlog.testing import sample

HEADERS = Headers(("date", "x-ratelimit-*"))
GIVEN = {"Date": "today", "X-RateLimit-Left": "3", "Authorization": "zoe"}
LEFT = {"Date": "today", "X-RateLimit-Left": "3"}


def left(value: Any) -> tuple[Any, int]:
    """Return what is left of metadata, and how many headers are gone."""
    payload = evolve(sample("bare"), metadata={"m": value})
    made = HEADERS.apply(payload, "p")
    count = sum(change.count for change in made.changes)
    assert (made is payload) == (count == 0)
    return made.metadata["m"], count


def deep(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = {"k": value} if level % 2 else [value]
    return value


@pytest.mark.parametrize(("name", "good"), [
    ("date", True), ("DATE", True), ("dates", False), ("dat", False), ("x-ratelimit-left", True),
    ("X_RATELIMIT_LEFT", True), ("x-ratelimit-", True), ("x-ratelimit", False), ("x-ratelimi*", False),
    ("llm_provider-date", True), ("llm-provider-x-ratelimit-a", True), ("llm-provider-cookie", False), ("", False),
])  # fmt: skip
def test_a_name_passes_by_list_or_by_its_beginning(name: str, good: bool) -> None:
    assert HEADERS.passes(name) is good


@pytest.mark.parametrize(("headers", "stays", "gone"), [
    (GIVEN, LEFT, 1), (MappingProxyType(GIVEN), LEFT, 1), (LEFT, LEFT, 0), ({}, {}, 0),
    ({"cookie": 1, "via": 2}, {}, 2),
    (list(GIVEN.items()), list(LEFT.items()), 1), (tuple(LEFT.items()), tuple(LEFT.items()), 0),
    ([["date", "x"], ["cookie", "y"]], [["date", "x"]], 1), ([["date"], ["date", "x", "y"], "date", 5], [], 4),
    ([{"name": "date", "value": 1}, {"key": "date"}, {"name": "cookie", "key": "date"}, {}, {"value": "date"}],
     [{"name": "date", "value": 1}, {"key": "date"}], 3),
    (None, None, 0), (True, True, 0), (5, 5, 0), (0.5, 0.5, 0), (["da"], [], 1),
])  # fmt: skip
@pytest.mark.parametrize("key", ["headers", "Response_Headers"])
def test_of_headers_the_listed_ones_stay(key: str, headers: Any, stays: Any, gone: int) -> None:
    assert left({key: headers, "other": GIVEN}) == ({key: stays, "other": GIVEN}, gone)


@pytest.mark.parametrize("headers", ["Cookie: zoe", b"Cookie: zoe", object()])
def test_what_is_in_no_form_of_headers_goes_whole(headers: Any) -> None:
    assert left({"headers": headers, "n": 1}) == ({"n": 1}, 1)


def test_opentelemetrys_words_for_headers_are_known() -> None:
    given = {"http.request.header.date": ["a"], "HTTP.Response.Header.x-ratelimit-left": ["b"],
             "http.request.header.cookie": ["c"], "x.http.request.header.cookie": ["d"]}  # fmt: skip
    made, gone = left(given)
    assert list(made) == [key for key in given if key != "http.request.header.cookie"]
    assert gone == 1
    assert left({"http.request.header.date": ["a"]}) == ({"http.request.header.date": ["a"]}, 0)


@pytest.mark.parametrize("around", [
    lambda value: [value], lambda value: [1, value], lambda value: {"a": {"b": value}}, lambda value: ["x", value],
    lambda value: [[], {"a": [None, value, "x"]}],
])  # fmt: skip
def test_headers_are_found_however_deep(around: Any) -> None:
    assert left(around({"headers": GIVEN, "n": 1})) == (around({"headers": LEFT, "n": 1}), 1)


def test_headers_are_found_in_any_sequence_and_mapping() -> None:
    assert left((1, {"headers": GIVEN})) == ([1, {"headers": LEFT}], 1)
    assert left(MappingProxyType({"a": {"headers": GIVEN}})) == ({"a": {"headers": LEFT}}, 1)


def test_several_headers_are_counted_together_by_field() -> None:
    payload = evolve(sample("bare"), **{name: {"headers": [GIVEN], "a": [{"headers": GIVEN}, {"request_headers": GIVEN}]}
                                        for name in FIELDS})  # fmt: skip
    made = HEADERS.apply(payload, "digest")
    assert [(change.path, change.action, change.rule, change.count, change.policy) for change in made.changes] == [
        (name, "hidden", "header", 3, "digest") for name in FIELDS]  # fmt: skip
    assert made.metadata == {"headers": [], "a": [{"headers": LEFT}, {"request_headers": LEFT}]}


def test_a_payload_without_headers_is_the_same_one() -> None:
    payload = evolve(
        sample("bare"),
        metadata={"a": [1, {"b": "header"}], "header": GIVEN},
        attributes={},
        parameters={},
    )
    assert HEADERS.apply(payload, "p") is payload


def test_below_the_greatest_depth_all_goes() -> None:
    """Metadata is the first level and its values the second."""
    good = deep({"headers": GIVEN}, _DEPTH - 1)
    assert left(good) == (deep({"headers": LEFT}, _DEPTH - 1), 1)
    assert left(deep("text", _DEPTH - 1)) == (deep("text", _DEPTH - 1), 0)
    assert left(deep("text", _DEPTH)) == (deep("text", _DEPTH), 0)
    assert left(deep({"headers": GIVEN}, _DEPTH)) == (deep("[hidden: depth]", _DEPTH), 1)
    assert left(deep([], _DEPTH)) == (deep("[hidden: depth]", _DEPTH), 1)


@pytest.mark.parametrize(("value", "may_be"), [
    ({}, False), ([], False), ({"a": 1}, False), ({"a": "headers"}, False), (["headers"], False),
    ({"a": [1, {"b": ("x", None)}]}, False), ({"X-Headers": 1}, True), ({"http.request.header.x": 1}, True),
    ({"a": [1, {"headers": ()}]}, True), ({"a": {"b": {"headers": 1}}}, True), ([[{"headers": 1}]], True),
    (MappingProxyType({"a": ({"headers": 1},)}), True), (deep({}, _DEPTH), False), (deep({}, _DEPTH + 1), True),
])  # fmt: skip
def test_it_is_known_at_little_cost_where_no_headers_are(value: Any, may_be: bool) -> None:
    assert _mentions(value, 0) is may_be
