"""A payload on its way through a masking, by itself: which texts are seen, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from attrs import evolve, frozen

from llmlog import with_texts
from llmlog.message import Media, Message, Raw, Text
from llmlog.payload import Attempt, Change, Cost, Error, Guardrail, Payload, Usage
from llmlog.redaction import KINDS
from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.masking import Masking, Masks
from llmlog.redaction.walk import _field, _sure, _values_of, envelope, masked, texts_of
from llmlog.testing import sample

MAIL = "zoe@example.com"
PATIENT = Bounds(seconds=600.0)
OURS = "019a3f5e-0000-7000-a000-000000000001"


def through(
    media: bool = False, leave: Any = (), bounds: Bounds | None = None, **fields: Any
) -> Payload:
    masking = Masking(Masks(kinds=frozenset(KINDS)), Budget(bounds or PATIENT))
    payload = evolve(sample("bare"), **fields)
    return masked(payload, masking, "digest", media=media, leave=leave)


def notes(payload: Payload) -> list[tuple[str, str, str, int]]:
    return [(each.path, each.action, each.rule, each.count) for each in payload.changes]


class Odd(str):
    """A text that is more than one."""

    __slots__ = ()


@frozen
class Own:
    note: Any
    number: int = 1


class TestTexts:
    @pytest.mark.parametrize(("value", "texts"), [
        ("a", ["a"]), (None, []), (1, []), (True, []), (0.5, []), (("a", ["b"]), ["a", "b"]),
        ({"k": "v", 1: None}, ["k", "1", "v"]), (MappingProxyType({"k": ["v"]}), ["k", "v"]),
        (Odd("a"), ["a"]), (Own("a"), ["a"]), (Own(Own({"k": "v"})), ["k", "v"]), ({"a"}, ["a"]),
        (Text(content="a"), ["a"]), (ValueError("bad"), ["type", "message", "ValueError", "ValueError: bad"]),
        ([None, True, 1, 0.5, "last"], ["last"]), (object, ["[type]"]),
    ])  # fmt: skip
    def test_all_are_found_keys_included(self, value: Any, texts: list[str]) -> None:
        assert texts_of(value) == texts

    def test_numbers_of_any_class_hold_none(self) -> None:
        class Count(int):
            pass

        class Part(float):
            pass

        assert texts_of([Count(1), Part(0.5), "text"]) == ["text"]

    def test_sequences_of_any_class_are_gone_through(self) -> None:
        class Row(list[Any]):
            pass

        class Pair(tuple[Any, ...]):
            __slots__ = ()

        value = [Row(["a"]), Pair(("b",))]
        assert texts_of(value) == ["a", "b"]

    def test_all_fields_of_a_value_are_taken_at_once(self) -> None:
        assert _values_of(Text)(Text(content="a")) == ("a",)
        assert _values_of(Own)(Own("a")) == ("a", 1)


class TestFields:
    def test_a_text_in_each_form_is_masked(self) -> None:
        made = through(
            name=MAIL, tags=(MAIL, "b"), metadata={"a": [MAIL]}, input_value=MAIL, output_value=[MAIL],
            error=Error(type="E", message=MAIL), tools=(MAIL, {"a": MAIL}),
        )  # fmt: skip
        assert (made.name, made.tags, made.metadata) == (
            "[email]",
            ("[email]", "b"),
            {"a": ["[email]"]},
        )
        assert (made.input_value, made.output_value) == ("[email]", ["[email]"])
        assert made.error == Error(type="E", message="[email]")
        assert made.tools == ("[email]", {"a": "[email]"})

    def test_each_field_has_receipts_of_its_own_by_rule(self) -> None:
        made = through(name=f"{MAIL} 10.0.0.9 {MAIL}", tags=(MAIL,), bounds=evolve(PATIENT, text=100), release="x" * 101,
                       changes=(Change(path="p", action="cut", rule="r"),))  # fmt: skip
        assert notes(made) == [
            ("p", "cut", "r", 1), ("name", "masked", "email", 2), ("name", "masked", "ip", 1),
            ("tags", "masked", "email", 1), ("release", "hidden", "hidden:length", 1),
        ]  # fmt: skip
        assert {each.policy for each in made.changes[1:]} == {"digest"}

    def test_former_receipts_are_masked_too_and_stay_before_the_new_ones(self) -> None:
        made = through(name=MAIL, changes=(Change(path=MAIL, action="cut", rule="r"),))
        assert notes(made) == [
            ("[email]", "cut", "r", 1), ("name", "masked", "email", 1), ("changes", "masked", "email", 1),
        ]  # fmt: skip

    def test_nothing_to_hide_is_the_same_payload(self) -> None:
        payload = evolve(sample("failure"), metadata={"a": 1}, tags=("b",))
        masking = Masking(Masks(kinds=frozenset(KINDS)), Budget(PATIENT))
        assert masked(payload, masking, None, media=True) is payload

    def test_what_is_unchanged_in_a_changed_field_is_the_same(self) -> None:
        same = Message(role="user", parts=(Text(content="hello"),))
        other = Message(role="user", parts=(Text(content="hello"), Text(content=MAIL)))
        made = through(input_messages=(same, other))
        assert made.input_messages[0] is same
        assert made.input_messages[1].parts[0] is other.parts[0]
        assert made.input_messages[1].text == "hello\n[email]"

    def test_fields_that_are_left_stay(self) -> None:
        made = through(name=MAIL, user_id=MAIL, leave=("user_id",))
        assert (made.name, made.user_id) == ("[email]", MAIL)

    def test_numbers_of_our_own_are_no_cards(self) -> None:
        usage = Usage(input_tokens=4111111111111111, raw={"n": 4111111111111111})
        attempt = Attempt(number=4111111111111111, start_unix_ns=4111111111111111, model=MAIL)
        made = through(usage=usage, attempts=(attempt,), server_port=4111111111111111)
        assert made.server_port == 4111111111111111
        assert made.usage == evolve(usage, raw={"n": "[card]"})
        assert made.attempts == (evolve(attempt, model="[email]"),)
        assert through(tools=(4111111111111111,)).tools == (4111111111111111,)

    def test_a_mapping_that_is_hidden_whole_stays_one(self) -> None:
        made = through(
            metadata={"a": {"b": "c"}}, bounds=evolve(PATIENT, values=0), input_value=["a"]
        )
        assert made.metadata == {"[hidden]": "[hidden: count]"}
        assert made.input_value == "[hidden: count]"

    def test_a_word_of_ours_is_not_searched_where_we_write_it(self) -> None:
        class Finding(Masking):
            def _text(self, text: str, nesting: int) -> str:
                self.counts["found"] += 1
                return f"<{text}>"

        def look(value: Any) -> Any:
            return _field(value, Finding(Masks(), Budget(PATIENT)), media=False)

        assert look(Message(role="user", name="user")) == Message(role="user", name="user")
        assert look(Message(role="other")) == Message(role="<other>")
        assert look(("chat", "other")) == ("chat", "<other>")
        assert look(Guardrail(name="n", verdict="passed")) == Guardrail(
            name="<n>", verdict="passed"
        )
        assert look([True, "user"]) == [True, "<user>"]
        assert look(True) is True


class TestSure:
    @pytest.mark.parametrize(("name", "value", "sure"), [
        ("id", OURS, True), ("id", "0" * 36, True), ("id", "0" * 37, False), ("id", MAIL, False), ("id", "", False),
        ("id", Odd(OURS), False), ("id", 5, False), ("ancestor_ids", (OURS, "0f"), True),
        ("ancestor_ids", (OURS, MAIL), False), ("name", OURS, False), ("sdk_version", "1.2.3rc1", True),
        ("sdk_version", MAIL, False), ("schema_version", "1", True), ("name", "1", False), ("stream", True, True),
        ("cost_saved", 0.5, True), ("kind", "chat", True), ("kind", MAIL, False), ("server_port", 80, False),
        ("tools", ["chat"], False), ("id", (), True),
    ])  # fmt: skip
    def test_only_what_we_wrote_ourselves_is(self, name: str, value: Any, sure: bool) -> None:
        assert _sure(name, value) is sure

    def test_times_are(self) -> None:
        assert _sure("timing", sample().timing)

    def test_an_id_of_somebody_elses_is_masked(self) -> None:
        made = through(id=MAIL, ancestor_ids=(OURS, MAIL), sdk_version=MAIL)
        assert (made.id, made.ancestor_ids, made.sdk_version) == (
            "[email]",
            (OURS, "[email]"),
            "[email]",
        )
        assert (
            through(id=OURS, parent_span_id="4111111111111111").parent_span_id == "4111111111111111"
        )


class TestMedia:
    picture = Media(modality="image", content="aGVsbG8=", sha256="0f", size=5)
    link = Media(modality="image", uri="https://example.com/a.png", sha256="0f")
    inline = Media(modality="image", uri=" DATA:image/png;base64,aGVsbG8=", size=5)

    def messages(self, **options: Any) -> tuple[Any, Payload]:
        parts = (
            self.picture,
            self.link,
            self.inline,
            evolve(self.link, content="aGVsbG8="),
            Raw(value="x"),
        )
        made = through(input_messages=(Message(role="user", parts=parts),), **options)
        return made.input_messages[0].parts, made

    def test_content_goes_and_an_address_stays(self) -> None:
        parts, made = self.messages(media=True)
        assert parts == (
            Media(modality="image", size=5), self.link, Media(modality="image", size=5),
            Media(modality="image", uri=self.link.uri), Raw(value="x"),
        )  # fmt: skip
        assert parts[1] is self.link
        assert notes(made) == [("input_messages", "hidden", "hidden:media", 3)]

    def test_without_being_asked_it_stays(self) -> None:
        parts, made = self.messages()
        assert parts[:2] == (self.picture, self.link)
        assert notes(made) == []

    def test_an_address_is_masked_as_any_text(self) -> None:
        mailed = evolve(self.link, uri=f"https://example.com/?to={MAIL}")
        made = through(input_messages=(Message(role="user", parts=(mailed,)),), media=True)
        assert made.input_messages[0].parts[0].uri == "https://example.com/?to=[email]"  # type: ignore[union-attr]


class TestEnvelope:
    def test_numbers_stay_and_words_go(self) -> None:
        payload = evolve(
            sample(), id=OURS, trace_id="not ours", span_id=MAIL, parent_span_id="0f", ancestor_ids=(OURS,),
            usage=Usage(input_tokens=1, output_tokens=2, origin="reported", raw={"a": MAIL}),
            cost=Cost(total=0.5, input=0.25, model=MAIL, reason=MAIL), error=None, name=MAIL,
            stream=True, cache_hit=False, sample_weight=2.0,
        )  # fmt: skip
        made = envelope(payload, "failed", "digest")
        assert (made.id, made.trace_id, made.span_id) == (OURS, "0" * 32, "0" * 32)
        assert (made.parent_span_id, made.ancestor_ids) == ("0f", (OURS,))
        assert made.usage == Usage(input_tokens=1, output_tokens=2)
        assert made.cost == Cost(total=0.5, input=0.25)
        assert (made.error, made.name) == (None, None)
        assert (made.stream, made.cache_hit, made.sample_weight) == (True, False, 2.0)
        assert (made.kind, made.status, made.timing) == (
            payload.kind,
            payload.status,
            payload.timing,
        )
        assert made.changes == (Change(path="", action="hidden", rule="failed", policy="digest"),)

    def test_an_error_is_one_and_says_nothing(self) -> None:
        payload = evolve(sample("bare"), error=Error(type=MAIL, message=MAIL, code=MAIL))
        made = envelope(payload, "failed", "digest")
        assert made.error == Error(type="[hidden]", message="[hidden]")
        assert (made.usage, made.cost) == (None, None)


class TestRewriting:
    def test_every_text_is_asked_about_but_the_empty_one(self) -> None:
        asked: list[str] = []

        def change(text: str) -> tuple[str, list[str]]:
            asked.append(text)
            return text, []

        payload = evolve(sample("bare"), metadata={"a": ["", "b"]}, name="c")
        assert with_texts(payload, change) is payload
        assert {"a", "b", "c"} <= set(asked)
        assert "" not in asked

    def test_an_empty_text_stays_one_and_the_others_are_as_they_are_made(self) -> None:
        payload = evolve(sample("bare"), metadata={"a": ["", "b"]})
        made = with_texts(
            payload,
            lambda text: (f"<{text}>", ["r"] if text == "b" else []),
            leave=("provider_name",),
        )
        assert made.metadata == {"<a>": ["", "<b>"]}
        assert [(each.rule, each.count) for each in made.changes if each.path == "metadata"] == [
            ("r", 1), ("rewritten", 1),
        ]  # fmt: skip

    def test_media_is_no_text(self) -> None:
        message = Message(role="user", parts=(TestMedia.picture, Text(content="b")))
        made = with_texts(evolve(sample("bare"), input_messages=(message,)),
                          lambda text: (text.replace("b", "c"), []))  # fmt: skip
        assert made.input_messages[0].parts[0].content is not None  # type: ignore[union-attr]
        assert "hidden:media" not in {each.rule for each in made.changes}


def test_what_is_no_mapping_and_hidden_is_a_placeholder() -> None:
    def look(value: Any, **bounds: Any) -> Any:
        masking = Masking(Masks(kinds=frozenset(KINDS)), Budget(evolve(PATIENT, **bounds)))
        return _field(value, masking, media=False)

    value: Mapping[str, Any] = {"a": "b"}
    assert look(value) == value
    assert look(value, values=0) == {"[hidden]": "[hidden: count]"}
    assert look([], values=0) == "[hidden: count]"
