"""A redactor of one's own: every text through one function, and no way around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from attrs import evolve, frozen

import llmlog
from llmlog import HookPlugin, with_texts
from llmlog.errors import SettingsError
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import HIDDEN
from llmlog.schema import to_json
from llmlog.testing import sample
from llmlog.testing.canary import FIELDS, VALUE_FIELDS
from llmlog.testing.records import Records

NAME = "Zoe Miller"


def without_name(text: str) -> tuple[str, list[str]]:
    return text.replace(NAME, "[me]"), ["me"] * text.count(NAME)


@pytest.mark.parametrize("field", FIELDS)
def test_every_text_is_seen(field: str) -> None:
    value: Any = (
        {f"key of {NAME}": [NAME, {"deep": f"{NAME}!"}]}
        if field in VALUE_FIELDS
        else f"It is {NAME}."
    )
    planted = FIELDS[field](sample("bare"), value)
    assert NAME.encode() in to_json(planted)
    made = with_texts(planted, without_name)
    assert NAME.encode() not in to_json(made)
    assert "me" in {change.rule for change in made.changes}


def test_each_rule_leaves_a_receipt() -> None:
    made = with_texts(evolve(sample(), name=f"{NAME}, {NAME}"), without_name)
    (change,) = made.changes
    assert (change.path, change.rule, change.count) == ("name", "me", 2)
    assert (change.action, change.policy) == ("masked", None)


def test_some_fields_may_stay_as_they_are() -> None:
    payload = evolve(sample(), name=NAME, user_id=NAME)
    made = with_texts(payload, without_name, leave=("user_id",))
    assert (made.name, made.user_id) == ("[me]", NAME)


def test_what_has_nothing_to_hide_is_the_same_payload() -> None:
    payload = sample("tools")
    assert with_texts(payload, without_name) is payload


@pytest.mark.parametrize("fault", [ValueError, SystemExit, MemoryError, RecursionError])
def test_a_text_on_which_it_fails_is_a_placeholder(fault: type[BaseException]) -> None:
    def change(text: str) -> tuple[str, Iterable[str]]:
        raise fault(text)

    planted = FIELDS["metadata"](evolve(sample("chat"), name=NAME), {NAME: NAME})
    made = with_texts(planted, change)
    assert NAME.encode() not in to_json(made)
    assert made.name == "[hidden: failed]"
    assert made.usage is not None
    assert made.usage.total_tokens == 31


@pytest.mark.parametrize("answer", [None, ("text",), (None, ()), (b"bytes", ()), 7])
def test_an_answer_that_is_no_text_is_a_placeholder(answer: Any) -> None:
    assert with_texts(evolve(sample(), name=NAME), lambda _: answer).name == "[hidden: failed]"


def test_a_change_without_a_rule_has_a_receipt_too() -> None:
    made = with_texts(evolve(sample("bare"), name=NAME), lambda text: (text[:3], ()))
    assert (made.name, made.changes[0].rule) == ("Zoe", "rewritten")


# A redactor that is missing.


@frozen
class Settings:
    """None."""

    level: int = llmlog.env(help="how much")


def refuse(_: Settings) -> object:
    raise OSError("no model")


class Misspelt:
    name = "misspelt"

    @llmlog.hookimpl
    def redact(self, payload: Payload, nobody: str) -> Payload:
        return payload


BROKEN = HookPlugin(name="broken", settings=Settings, make=refuse, redacts=True)


@pytest.mark.parametrize(("redactor", "values"), [
    (BROKEN, {"broken": {"level": 1}}), (BROKEN, {}), (BROKEN, {"broken": {"lvel": 1}}), (Misspelt(), {}),
])  # fmt: skip
def test_without_its_redactor_nothing_is_told(redactor: object, values: Any) -> None:
    records = Records()
    settings: dict[str, Any] = {
        "plugins": [redactor, records],
        "environ": {},
        "file": False,
        "plugin": values,
    }
    with pytest.raises(SettingsError):
        Logger(**settings)
    with Logger(**settings, strict=False) as logger:
        assert logger.problems
        logger.log(evolve(sample(), metadata={"note": NAME}))
        assert logger.flush(20).complete
        made = records.one()
    assert made.input_messages[0].text == HIDDEN
    assert made.metadata == {}
    assert made.usage == sample().usage


def test_a_plugin_that_redacts_nothing_is_done_without(make_logger: Callable[..., Logger]) -> None:
    records = Records()
    broken = HookPlugin(name="broken", settings=Settings, make=refuse)
    with Logger(plugins=[broken, records], environ={}, file=False, strict=False) as logger:
        logger.log(sample())
        assert logger.flush(20).complete
        assert records.one().input_messages == sample().input_messages


def test_a_redactor_that_a_call_adds_and_that_cannot_start_hides_too(
    make_logger: Callable[..., Logger],
) -> None:
    records = Records()
    logger = make_logger(records)
    with logger.call(messages=[{"role": "user", "content": NAME}], plugins=[BROKEN]) as call:
        call.finish(NAME)
    assert logger.flush(20).complete
    assert NAME.encode() not in to_json(records.one())
