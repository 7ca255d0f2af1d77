"""Policies, pseudonyms and what a backend answers, by themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from llmlog.delivery.outcome import Delivered, Raised, Rejected, Retryable
from llmlog.errors import LlmlogError
from llmlog.message import Message, Text
from llmlog.payload import Payload
from llmlog.redaction import HIDDEN, KINDS, Policy, policy
from llmlog.redaction.known import PLACEHOLDER, Known
from llmlog.redaction.pseudonym import PseudonymKeys, pseudonym, with_pseudonyms
from llmlog.redaction.reply import DiscreetSender
from llmlog.redaction.sealing import NO_KEY
from llmlog.secret import Secret
from llmlog.testing import sample

MAIL = "zoe@example.com"
KEY, OTHER = Secret("a key for tests only"), Secret("another key for tests")


def saying(text: str = MAIL, **fields: Any) -> Payload:
    message = Message(role="user", parts=(Text(content=text),))
    return evolve(sample("bare"), input_messages=(message,), **fields)


def said(made: Payload) -> str:
    return made.input_messages[0].text


class TestContent:
    @pytest.mark.parametrize(("content", "left", "rules"), [
        ("full", MAIL, []), ("masked", "[email]", ["email"]), ("none", HIDDEN, ["policy"]),
        ("encrypted", NO_KEY, ["no key"]),
    ])  # fmt: skip
    def test_each_does_what_it_says(self, content: Any, left: str, rules: list[str]) -> None:
        made = Policy(content=content).apply(saying())
        assert said(made) == left
        assert [change.rule for change in made.changes] == rules

    def test_masks_are_all_kinds_only_where_none_is_named(self) -> None:
        assert Policy(content="masked").masks.kinds == frozenset(KINDS)
        assert Policy(content="masked", kinds=frozenset({"ip"})).masks.kinds == {"ip"}
        assert Policy(content="full", kinds=frozenset({"ip"})).masks.kinds == {"ip"}
        assert Policy(content="full").masks.kinds == frozenset()
        assert Policy(content="none").masks.kinds == frozenset()

    def test_a_hash_is_twelve_hexadecimal_digits(self) -> None:
        assert re.fullmatch("[0-9a-f]{12}", Policy().digest)

    def test_known_values_are_hidden_whatever_the_content(self) -> None:
        known = Known()
        known.learn([Secret("known-value-1")])
        assert said(Policy(known=known).apply(saying("known-value-1"))) == PLACEHOLDER
        payload = saying()
        assert Policy(known=known).apply(payload) is payload

    def test_a_payload_without_a_known_value_is_not_walked(self, monkeypatch: Any) -> None:
        walked: list[Payload] = []
        real = policy.masked

        def counting(payload: Payload, *rest: Any, **named: Any) -> Payload:
            walked.append(payload)
            return real(payload, *rest, **named)

        monkeypatch.setattr(policy, "masked", counting)
        known = Known()
        known.learn([Secret("known-value-1")])
        Policy().apply(saying())
        Policy(known=known).apply(saying())
        assert walked == []
        Policy(known=known).apply(saying("known-value-1"))
        Policy(content="masked", known=known).apply(saying())
        assert len(walked) == 2


class TestTightening:
    @pytest.mark.parametrize(("content", "wish", "result"), [
        ("full", "encrypted", "encrypted"), ("masked", "masked", "masked"), ("encrypted", "encrypted", "encrypted"),
        ("masked", "encrypted", "encrypted"), ("encrypted", "masked", "encrypted"), ("none", "none", "none"),
        ("none", "encrypted", "none"), ("encrypted", "full", "encrypted"), ("encrypted", "none", "none"),
        ("encrypted", "typo", "none"), ("masked", "typo", "none"), ("masked", None, "masked"),
    ])  # fmt: skip
    def test_the_stricter_of_both_holds(self, content: Any, wish: Any, result: str) -> None:
        assert Policy(content=content).tightened(wish).content == result

    @pytest.mark.parametrize("content", ["masked", "encrypted"])
    def test_masks_and_envelopes_are_both_there(self, content: Any) -> None:
        wish = {"masked": "encrypted", "encrypted": "masked"}[content]
        assert Policy(content=content).tightened(wish).masks.kinds == frozenset(KINDS)
        named = Policy(content=content, kinds=frozenset({"ip"})).tightened(wish)
        assert named.masks.kinds == {"ip"}

    def test_what_is_no_tighter_is_the_policy_itself(self) -> None:
        for content in ("full", "masked", "encrypted", "none"):
            made = Policy(content=content)  # type: ignore[arg-type]
            assert made.tightened(None) is made
            assert made.tightened("full") is made
            assert made.tightened(content) is made

    def test_a_tighter_one_is_made_once(self) -> None:
        full = Policy()
        assert full.tightened("masked") is full.tightened("masked")
        assert full.tightened("typo") is full.tightened("none")
        assert full.tightened("masked") is not full.tightened("none")


class TestMetadata:
    @pytest.mark.parametrize(("options", "left"), [
        ({}, "abc"), ({"metadata": ("a", "b")}, "ab"), ({"hide_metadata": ("b",)}, "ac"), ({"metadata": ()}, ""),
        ({"metadata": ("a", "b"), "hide_metadata": ("b", "d")}, "a"), ({"metadata": ("a", "b", "c", "d")}, "abc"),
    ])  # fmt: skip
    def test_it_passes_by_name(self, options: Any, left: str) -> None:
        payload = saying(metadata={"a": 1, "b": 2, "c": 3})
        made = Policy(**options).apply(payload)
        assert "".join(made.metadata) == left
        if left == "abc":
            assert made is payload
        else:
            (change,) = made.changes
            assert (change.path, change.action, change.rule) == ("metadata", "hidden", "policy")
            assert (change.count, change.policy) == (3 - len(left), Policy(**options).digest)


class TestFaults:
    def test_what_fails_leaves_the_bare_envelope(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Policy, "_masked", lambda self, payload: 1 / 0)
        made = Policy(content="masked").apply(saying(name=MAIL))
        assert (made.name, made.input_messages) == (None, ())
        assert [change.rule for change in made.changes] == ["failed"]

    def test_and_not_even_that_is_an_error_that_tells_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Policy, "_masked", lambda self, payload: 1 / 0)
        monkeypatch.setattr(policy, "envelope", lambda *_: 1 / 0)
        with pytest.raises(LlmlogError, match="^redaction failed$"):
            Policy(content="masked").apply(saying())


class TestPseudonyms:
    def test_it_has_ninety_six_bits(self) -> None:
        assert re.fullmatch("p-[0-9a-f]{24}", pseudonym(KEY, "user_id", "zoe"))

    def test_the_keys_of_owners_come_before_the_general_one(self) -> None:
        keys = PseudonymKeys(general=KEY, keys={"acme": OTHER}, per="team_id")
        for team, key in (("acme", OTHER), (None, KEY)):
            made = Policy(pseudonyms=("user_id",), pseudonym_keys=keys, pseudonym_key=Secret("no")).apply(
                saying(user_id="zoe", team_id=team))  # fmt: skip
            assert made.user_id == pseudonym(key, "user_id", "zoe")
        made = Policy(pseudonyms=("user_id",), pseudonym_key=KEY).apply(saying(user_id="zoe"))
        assert made.user_id == pseudonym(KEY, "user_id", "zoe")

    @pytest.mark.parametrize(("keys", "key"), [
        (PseudonymKeys(), None), (PseudonymKeys(general=KEY), KEY), (PseudonymKeys(per="team_id", general=KEY), "derived"),
        (PseudonymKeys(per="team_id", keys={"acme": OTHER}), OTHER), (PseudonymKeys(per="team_id", keys={"b": OTHER}), None),
        (PseudonymKeys(per="team_id", keys={"acme": OTHER}, general=KEY), OTHER),
        (PseudonymKeys(per="user_id", general=KEY), KEY), (PseudonymKeys(keys={"acme": OTHER}, general=KEY), KEY),
        (PseudonymKeys(per="team_id", keys={"b": OTHER}, general=KEY), "derived"),
    ])  # fmt: skip
    def test_an_owner_has_its_own_key_or_a_derived_one(self, keys: PseudonymKeys, key: Any) -> None:
        made = keys.of(saying(team_id="acme"))
        if key == "derived":
            assert made is not None
            assert re.fullmatch("[0-9a-f]{64}", made.reveal())
            assert made != keys.of(saying(team_id="other"))
            assert made == keys.of(saying(team_id="acme", name="another record"))
        else:
            assert made is key

    def test_a_receipt_says_which_fields_were_replaced(self) -> None:
        payload = saying(user_id="zoe", session_id=None, team_id="acme")
        made = with_pseudonyms(payload, ("user_id", "session_id", "team_id"), KEY, "digest")
        assert made.session_id is None
        assert [(each.path, each.action, each.rule, each.policy) for each in made.changes] == [
            ("user_id", "replaced", "pseudonym", "digest"), ("team_id", "replaced", "pseudonym", "digest"),
        ]  # fmt: skip
        assert with_pseudonyms(payload, ("session_id",), KEY, "digest") is payload

    def test_without_a_key_it_is_hidden(self) -> None:
        assert with_pseudonyms(saying(user_id="zoe"), ("user_id",), None, "").user_id == "[hidden]"

    def test_only_what_a_receipt_vouches_for_is_not_replaced_again(self) -> None:
        once = with_pseudonyms(saying(user_id="zoe", team_id="acme"), ("user_id",), KEY, "")
        assert with_pseudonyms(once, ("user_id",), OTHER, "") is once
        forged = saying(user_id=once.user_id)
        assert with_pseudonyms(forged, ("user_id",), KEY, "").user_id != once.user_id
        changed = evolve(once, user_id="somebody else")
        assert with_pseudonyms(changed, ("user_id",), KEY, "").user_id == pseudonym(
            KEY, "user_id", "somebody else"
        )
        masked = Policy(content="masked").apply(saying(name=MAIL, user_id=once.user_id))
        assert with_pseudonyms(masked, ("user_id",), KEY, "").user_id != once.user_id


class Backend:
    """Answers as it is told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.closed = 0

    def send(self, batch: Sequence[Payload]) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.closed += 1


class TestAnswers:
    """What a backend says of a batch comes back without a credential."""

    def answer(self, answer: Any) -> Any:
        known = Known()
        known.learn([Secret("known-value-1")])
        sender = DiscreetSender(Backend(answer), known)
        made = sender.send([saying()])
        sender.close()
        assert sender._sender.closed == 1
        return made

    @pytest.mark.parametrize(("told", "left"), [
        (Rejected("bad known-value-1"), Rejected(f"bad {PLACEHOLDER}")), (Delivered("ok"), Delivered("ok")),
        (Retryable("known-value-1", 5.0), Retryable(PLACEHOLDER, 5.0)), (Delivered("known-value-1"), Delivered(PLACEHOLDER)),
        ([Delivered("known-value-1"), Rejected("b")], [Delivered(PLACEHOLDER), Rejected("b")]),
        ((Rejected("known-value-1"),), [Rejected(PLACEHOLDER)]),
        (ValueError("known-value-1"), Raised(f"raised ValueError: {PLACEHOLDER}")),
    ])  # fmt: skip
    def test_each_is_what_it_was(self, told: Any, left: Any) -> None:
        assert self.answer(told) == left
