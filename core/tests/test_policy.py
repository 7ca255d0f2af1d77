"""Policies: global and per plugin, tightened and never loosened, and wrong ones refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve, frozen

import llmlog
from llmlog.errors import SettingsError
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import HIDDEN, Policy
from llmlog.redaction.pseudonym import pseudonym
from llmlog.secret import Secret
from llmlog.testing import sample
from llmlog.testing.records import Records

Make = Callable[..., Logger]
MAIL = "zoe@example.com"
KEY = "sk-proj-abcdefghij0123456789"


def saying(text: str) -> Payload:
    message = llmlog.Message(role="user", parts=[llmlog.Text(content=text)])
    return evolve(sample(), input_messages=(message,), metadata={"note": text})


def got(logger: Logger, records: Records, payload: Payload) -> Payload:
    logger.log(payload)
    assert logger.flush(5).complete
    return records.all()[-1]


@pytest.mark.parametrize(("core", "own", "left"), [
    ("full", None, MAIL), ("masked", None, "[email]"), ("none", None, HIDDEN),
    ("full", "masked", "[email]"), ("masked", "full", "[email]"), ("none", "full", HIDDEN),
    ("masked", "none", HIDDEN), ("full", "full", MAIL),
])  # fmt: skip
def test_the_stricter_of_both_settings_holds(
    make_logger: Make, core: str, own: str | None, left: str
) -> None:
    records = Records()
    plugin = {"records": {"content": own}} if own else {}
    logger = make_logger(records, content=core, plugin=plugin)
    assert got(logger, records, saying(MAIL)).input_messages[0].text == left


@pytest.mark.parametrize(("policy", "wish", "result"), [
    ("full", None, "full"), ("full", "full", "full"), ("full", "masked", "masked"),
    ("full", "none", "none"), ("masked", "full", "masked"), ("masked", "none", "none"),
    ("none", "full", "none"), ("none", "masked", "none"), ("full", "typo", "none"),
    ("masked", "", "none"), ("full", False, "none"),
])  # fmt: skip
def test_a_call_tightens_and_never_loosens(policy: Any, wish: Any, result: str) -> None:
    assert Policy(content=policy).tightened(wish).content == result


def test_a_call_asks_for_masks(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records)
    with logger.call(messages=[{"role": "user", "content": MAIL}], content="masked") as call:
        call.finish("ok")
    assert logger.flush(5).complete
    assert records.one().input_messages[0].text == "[email]"


def test_to_name_a_mask_is_to_mask(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, mask=["email"])
    payload = got(logger, records, saying(f"{MAIL} 203.0.113.7"))
    assert payload.input_messages[0].text == "[email] 203.0.113.7"


def test_masks_of_both_settings_add_up(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, mask=["email"], plugin={"records": {"mask": ["ip"]}})
    payload = got(logger, records, saying(f"{MAIL} 203.0.113.7 {KEY}"))
    assert payload.input_messages[0].text == f"[email] [ip] {KEY}"


def test_masks_hold_for_what_content_none_leaves(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, content="masked", plugin={"records": {"content": "none"}})
    payload = got(logger, records, evolve(saying(MAIL), user_id=MAIL, tags=(MAIL,)))
    assert (payload.input_messages[0].text, payload.metadata) == (HIDDEN, {"note": "[email]"})
    assert (payload.user_id, payload.tags) == ("[email]", ("[email]",))
    assert payload.usage == sample().usage
    assert payload.cost == sample().cost


def test_content_none_alone_leaves_metadata_as_it_is(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, content="none")
    assert got(logger, records, saying(MAIL)).metadata == {"note": MAIL}


def test_each_destination_gets_its_own(make_logger: Make) -> None:
    first, second = Records(), Records()
    logger = make_logger(first, second, plugin={"records-2": {"content": "masked"}})
    payload = saying(MAIL)
    assert got(logger, first, payload).input_messages[0].text == MAIL
    assert second.all()[0].input_messages[0].text == "[email]"


@pytest.mark.parametrize(("settings", "problem"), [
    ({"mask": ["emial"]}, "there is no 'emial': did you mean 'email'"),
    ({"mask": ["xyzzy"]}, "say credential, email"),
    ({"pseudonyms": ["user"], "pseudonym_key": "k" * 20}, "did you mean 'user_id'"),
    ({"pseudonyms": ["user_id"]}, "set LLMLOG_PSEUDONYM_KEY"),
    ({"plugin": {"records": {"mask": ["nope"]}}}, "mask: there is no 'nope'"),
    ({"plugin": {"records": {"pseudonyms": ["user_id"]}}}, "set LLMLOG_PSEUDONYM_KEY"),
    ({"content": "hidden"}, "full or masked or encrypted or none"),
])  # fmt: skip
def test_a_wrong_policy_is_an_error(make_logger: Make, settings: Any, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        make_logger(Records(), **settings)


def test_settings_that_cannot_be_read_hide_more() -> None:
    records = Records()
    logger = Logger(
        plugins=[records], environ={"LLMLOG_CONTENT": "maskd"}, file=False, strict=False
    )
    with logger:
        assert got(logger, records, saying(MAIL)).input_messages[0].text == HIDDEN


class TestOwnPatterns:
    def test_they_are_masked_by_name(self, make_logger: Make) -> None:
        pytest.importorskip("re2")
        records = Records()
        logger = make_logger(records, mask_patterns={"order": r"ORD-\d+"}, mask=["email"])
        payload = got(logger, records, saying(f"ORD-12 of {MAIL}"))
        assert payload.input_messages[0].text == "[order] of [email]"
        assert payload.metadata == {"note": "[order] of [email]"}

    def test_they_are_linear_whatever_they_are(self) -> None:
        pytest.importorskip("re2")
        from llmlog.redaction.rule import own_rules

        (rule,) = own_rules({"bomb": r"(a+)+$"})
        assert not rule.apply("a" * 100_000 + "!", "")[1]

    @pytest.mark.parametrize("pattern", ["(", r"(a)\1", "(?=a)"])
    def test_what_cannot_be_linear_is_refused(self, make_logger: Make, pattern: str) -> None:
        pytest.importorskip("re2")
        with pytest.raises(SettingsError, match="mask_patterns: own"):
            make_logger(Records(), mask_patterns={"own": pattern})

    def test_an_empty_match_hides_nothing_and_ends(self, make_logger: Make) -> None:
        pytest.importorskip("re2")
        records = Records()
        logger = make_logger(records, mask_patterns={"own": "x*"}, mask=["ip"])
        assert got(logger, records, saying("axxb")).input_messages[0].text == "a[own]b"

    def test_without_the_engine_they_are_refused(
        self, make_logger: Make, without_re2: Callable[[], None]
    ) -> None:
        without_re2()
        with pytest.raises(SettingsError, match=r"llmlog\[privacy\]"):
            make_logger(Records(), mask_patterns={"own": "a"})


class TestPseudonyms:
    key = Secret("a key for tests only")

    def test_the_same_person_has_the_same_name_everywhere(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(
            records, pseudonyms=["user_id", "session_id"], pseudonym_key=self.key.reveal()
        )
        first = got(logger, records, evolve(sample(), user_id=MAIL, session_id=MAIL))
        second = got(logger, records, evolve(sample("failure"), user_id=MAIL))
        assert first.user_id == second.user_id == pseudonym(self.key, "user_id", MAIL)
        assert first.session_id != first.user_id
        assert MAIL not in repr(first)
        assert {change.rule for change in first.changes} == {"pseudonym"}

    def test_a_replay_replaces_nothing_twice(self) -> None:
        policy = Policy(content="masked", pseudonyms=("user_id",), pseudonym_key=self.key)
        once = policy.apply(evolve(sample(), user_id=MAIL))
        assert policy.apply(once) == once

    def test_another_key_gives_another_name(self) -> None:
        assert pseudonym(self.key, "user_id", "u") != pseudonym(Secret("other"), "user_id", "u")

    def test_without_a_key_the_value_is_hidden(self) -> None:
        made = Policy(pseudonyms=("user_id",)).apply(sample())
        assert made.user_id == "[hidden]"

    def test_the_key_shows_nowhere(self, make_logger: Make) -> None:
        logger = make_logger(Records(), pseudonyms=["user_id"], pseudonym_key=self.key.reveal())
        shown = f"{logger.settings!r} {logger.routes!r} {logger.routes[0].policy!r}"
        assert self.key.reveal() not in shown

    def test_absent_stays_absent(self) -> None:
        made = Policy(pseudonyms=("user_id",), pseudonym_key=self.key).apply(sample("bare"))
        assert (made.user_id, made.changes) == (None, ())


def test_the_policy_is_known_by_plain_values() -> None:
    @frozen
    class Odd:
        note: str

    made = Policy(content="masked").apply(evolve(sample(), metadata={"odd": Odd(MAIL)}))
    assert made.metadata == {"odd": {"note": "[email]"}}


class TestPseudonymsPerOwner:
    """One user of two tenants is two strangers, and one and the same within each."""

    def told(self, make_logger: Make, *tenants: str | None, **core: Any) -> list[str | None]:
        records = Records()
        logger = make_logger(records, pseudonyms=["user_id"], **core)
        for tenant in tenants:
            logger.log(evolve(sample(), user_id="zoe", organization_id=tenant))
        assert logger.flush(20).complete
        return [payload.user_id for payload in records.all()]

    def test_joins_hold_within_an_owner_and_not_across(self, make_logger: Make) -> None:
        general = {"pseudonym_key": "k" * 20, "pseudonym_per": "organization_id"}
        first, again, other, none = self.told(make_logger, "acme", "acme", "other", None, **general)
        assert first == again
        assert len({first, other, none}) == 3
        assert none == pseudonym(Secret("k" * 20), "user_id", "zoe")
        assert all(str(each).startswith("p-") for each in (first, other, none))

    def test_an_owner_may_have_a_key_of_its_own(self, make_logger: Make) -> None:
        keys = {"acme": "a" * 20}
        settings = {"pseudonym_keys": keys, "pseudonym_per": "organization_id"}
        first, unknown = self.told(make_logger, "acme", "other", **settings)
        assert first == pseudonym(Secret("a" * 20), "user_id", "zoe")
        assert unknown == "[hidden]"

    def test_a_destroyed_key_makes_other_pseudonyms(self, make_logger: Make) -> None:
        general = {"pseudonym_key": "k" * 20, "pseudonym_per": "organization_id"}
        (before,) = self.told(make_logger, "acme", **general, pseudonym_keys={"acme": "a" * 20})
        (after,) = self.told(make_logger, "acme", **general)
        assert before != after

    def test_keys_without_a_field_are_no_key(self, make_logger: Make) -> None:
        with pytest.raises(SettingsError, match="set LLMLOG_PSEUDONYM_KEY"):
            make_logger(Records(), pseudonyms=["user_id"], pseudonym_keys={"acme": "a" * 20})
