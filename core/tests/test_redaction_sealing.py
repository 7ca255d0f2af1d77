"""Sealing, by itself: what an envelope is put around, and what stays as it is."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from attrs import evolve

pytest.importorskip("cryptography")

from llmlog.encryption.envelope import FORM, SEALED, Key, Sealer, open_envelope, read_key
from llmlog.message import Media, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Attempt, Change, Error, Guardrail, Payload
from llmlog.redaction.sealing import NO_KEY, Sealing, _Cover, sealed
from llmlog.testing import sample

KEY, FORMER = read_key("0" * 64), read_key("1" * 64)


class Ring:
    """Has these keys for one owner."""

    def __init__(self, *keys: Key, owner: str = "acme") -> None:
        self._keys, self._owner = keys, owner

    def of(self, owner: str) -> tuple[Key, ...]:
        return self._keys if owner == self._owner else ()


def opened(value: Any) -> Any:
    assert FORM.fullmatch(value)
    return open_envelope(value, KEY)


def covered(part: Part) -> Any:
    payload = evolve(sample("bare"), input_messages=(Message(role="user", parts=(part,)),))
    return sealed(payload, Sealer(KEY), "digest").input_messages[0].parts[0]


def whole() -> Payload:
    message = Message(role="user", name="n", finish_reason="stop", parts=(Text(content="words"),))
    return evolve(
        sample("bare"), input_messages=(message,), output_messages=(message, message),
        input_value={"a": 1}, output_value=None, tools=({"name": "t"}, "u"),
        parameters={"n": 1, "f": 0.5, "b": True, "z": None, "s": "x", "l": [1]},
        error=Error(type="E", message="m", code="c"), attributes={"a": 1},
        attempts=(Attempt(number=1, error=Error(type="E", message="m", stacktrace="t")), Attempt(number=2)),
        guardrails=(Guardrail(name="g", verdict="passed", reason="why"), Guardrail(name="h", verdict="passed")),
    )  # fmt: skip


class TestParts:
    def test_words_and_thoughts(self) -> None:
        for part in (Text(content="words"), Reasoning(content="words")):
            made = covered(part)
            assert type(made) is type(part)
            assert opened(made.content) == "words"

    def test_tool_calls_and_results_keep_their_names(self) -> None:
        call = covered(ToolCall(name="t", id="1", arguments={"a": [1]}))
        assert (call.name, call.id, opened(call.arguments)) == ("t", "1", {"a": [1]})
        result = covered(ToolResult(id="1", response="r"))
        assert (result.id, opened(result.response)) == ("1", "r")

    def test_media_and_signed_thoughts_are_sealed_as_they_are(self) -> None:
        media = covered(Media(modality="image", uri="u"))
        assert isinstance(media, Raw)
        assert opened(media.value) == {SEALED: {"type": "media", "modality": "image", "uri": "u"}}
        signed = covered(Reasoning(content="c", signature="s"))
        assert opened(signed.value) == {
            SEALED: {"type": "reasoning", "content": "c", "signature": "s"}
        }

    def test_others_stay_raw(self) -> None:
        assert opened(covered(Raw(value={"x": 1})).value) == {"x": 1}


class TestPayloads:
    def test_all_content_is_sealed_and_nothing_else(self) -> None:
        payload = whole()
        made = sealed(payload, Sealer(KEY), "digest")
        for before, after in zip(
            (*payload.input_messages, *payload.output_messages),
            (*made.input_messages, *made.output_messages), strict=True,
        ):  # fmt: skip
            assert (after.role, after.name, after.finish_reason) == ("user", "n", "stop")
            assert opened(after.parts[0].content) == before.text  # type: ignore[union-attr]
        assert (opened(made.input_value), made.output_value) == ({"a": 1}, None)
        assert list(map(opened, made.tools)) == [{"name": "t"}, "u"]
        assert {name: made.parameters[name] for name in "nfbz"} == {
            "n": 1,
            "f": 0.5,
            "b": True,
            "z": None,
        }
        assert (opened(made.parameters["s"]), opened(made.parameters["l"])) == ("x", [1])
        assert list(made.attributes) == [SEALED]
        assert opened(made.attributes[SEALED]) == {"a": 1}
        assert made.timing == payload.timing

    def test_errors_and_verdicts_keep_what_they_are(self) -> None:
        made = sealed(whole(), Sealer(KEY), "digest")
        assert made.error
        assert (made.error.type, made.error.code, made.error.stacktrace) == ("E", "c", None)
        assert opened(made.error.message) == "m"
        first, second = made.attempts
        assert first.error
        assert (opened(first.error.message), opened(first.error.stacktrace)) == ("m", "t")
        assert (first.number, second) == (1, Attempt(number=2))
        assert [opened(made.guardrails[0].reason), made.guardrails[1].reason] == ["why", None]

    def test_what_is_not_there_does_not_appear(self) -> None:
        made = sealed(sample("bare"), Sealer(KEY), "digest")
        assert evolve(made, changes=()) == evolve(sample("bare"), changes=())
        assert made.attributes == {}

    def test_a_receipt_says_sealed_or_hidden(self) -> None:
        for sealer, rule, action in (
            (Sealer(KEY), "encrypted", "replaced"),
            (None, "no key", "hidden"),
        ):
            made = sealed(whole(), sealer, "digest")
            assert made.changes == (
                Change(path="content", action=action, rule=rule, policy="digest"),
            )  # type: ignore[arg-type]

    def test_without_a_key_each_is_a_placeholder(self) -> None:
        made = sealed(whole(), None, "digest")
        assert made.input_messages[0].text == NO_KEY
        assert (made.input_value, made.tools, made.attributes) == (
            NO_KEY,
            (NO_KEY, NO_KEY),
            {SEALED: NO_KEY},
        )
        assert made.parameters == {"n": 1, "f": 0.5, "b": True, "z": None, "s": NO_KEY, "l": NO_KEY}


class TestAgain:
    @pytest.mark.parametrize("sealer", [Sealer(KEY), None])
    def test_what_was_sealed_stays_as_it_is(self, sealer: Any) -> None:
        once = sealed(whole(), Sealer(KEY), "digest")
        assert sealed(once, sealer, "digest") == once

    def test_another_policy_adds_its_receipt(self) -> None:
        once = sealed(whole(), Sealer(KEY), "digest")
        again = sealed(once, None, "other")
        assert evolve(again, changes=()) == evolve(once, changes=())
        assert [(each.rule, each.policy) for each in again.changes] == [
            ("encrypted", "digest"), ("encrypted", "other"),
        ]  # fmt: skip

    def test_what_came_since_is_sealed_too(self) -> None:
        once = sealed(whole(), Sealer(KEY), "digest")
        later = evolve(once, input_value=["new"], output_value="llmlog:sealed:1:forged",
                       attributes={**once.attributes, "b": 2})  # fmt: skip
        again = sealed(later, Sealer(KEY), "digest")
        assert (opened(again.input_value), opened(again.output_value)) == (
            ["new"],
            "llmlog:sealed:1:forged",
        )
        assert opened(again.attributes[SEALED]) == dict(later.attributes)
        assert again.tools == once.tools

    def test_without_a_receipt_it_only_looks_like_an_envelope(self) -> None:
        once = evolve(
            sealed(whole(), Sealer(KEY), "digest"),
            changes=(Change(path="p", action="cut", rule="r"),),
        )
        again = sealed(once, Sealer(KEY), "digest")
        assert opened(opened(again.input_value)) == {"a": 1}
        assert opened(again.attributes[SEALED]) == dict(once.attributes)
        assert [each.rule for each in again.changes] == ["r", "encrypted"]

    def test_a_placeholder_of_before_is_not_taken_for_an_envelope(self) -> None:
        cover = _Cover(Sealer(KEY), again=True)
        assert opened(cover(NO_KEY)) == NO_KEY
        assert opened(cover(None)) is None


class TestOwners:
    @pytest.mark.parametrize(
        ("organization", "owner"), [("acme", "acme"), (None, "default"), ("", "default")]
    )
    def test_each_has_a_name(self, organization: str | None, owner: str) -> None:
        payload = evolve(whole(), organization_id=organization, team_id="team")
        assert Sealing().owner(payload) == owner
        assert Sealing(by="team_id").owner(payload) == "team"

    def test_its_first_key_seals(self) -> None:
        sealing = Sealing(ring=Ring(KEY, FORMER))  # type: ignore[arg-type]
        assert opened(sealing.apply(whole(), "acme", "digest").input_value) == {"a": 1}

    @pytest.mark.parametrize("ring", [None, Ring(), Ring(KEY, owner="other"), Ring(owner="acme")])
    def test_without_any_its_content_is_hidden(self, ring: Any) -> None:
        assert Sealing(ring=ring).apply(whole(), "acme", "digest").input_value == NO_KEY

    def test_a_ring_that_fails_has_none(self) -> None:
        class Broken:
            def of(self, owner: str) -> Any:
                raise OSError(owner)

        assert Sealing(ring=Broken()).apply(whole(), "acme", "digest").input_value == NO_KEY  # type: ignore[arg-type]


def test_without_a_ring_no_cryptography_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert Sealing().apply(whole(), "acme", "digest").changes[-1].rule == "no key"
