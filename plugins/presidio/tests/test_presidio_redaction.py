"""Names and places are hidden everywhere, for everybody, and whatever fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from llmlog.errors import SettingsError
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import HIDDEN
from llmlog.schema import to_json
from llmlog.testing import SAMPLES, sample
from llmlog.testing.canary import FIELDS, VALUE_FIELDS
from llmlog.testing.records import Records
from llmlog_presidio import Redactor
from llmlog_presidio.settings import TECHNICAL, Settings

NAME, PLACE = "Zoe Miller", "Berlin"
Make = Callable[..., tuple[Logger, Records]]


@pytest.fixture
def recording(model: Path) -> Iterator[Make]:
    """Return what makes a Logger with the redactor and a destination."""
    made: list[Logger] = []

    def make(
        *more: object, core: dict[str, Any] | None = None, **settings: Any
    ) -> tuple[Logger, Records]:
        records = Records()
        logger = Logger(plugins=["presidio", records, *more], environ={}, file=False,
                        plugin={"presidio": {"model": model, **settings}}, **(core or {}))  # fmt: skip
        made.append(logger)
        return logger, records

    yield make
    for logger in made:
        logger.close(1)


def got(made: tuple[Logger, Records], payload: Payload) -> Payload:
    logger, records = made
    logger.log(payload)
    assert logger.flush(60).complete
    return records._payloads[-1]


def test_every_field_is_looked_at_but_the_technical_ones(recording: Make) -> None:
    made = recording()
    for field, plant in FIELDS.items():
        value: Any = {f"{NAME} wrote": [PLACE, {"deep": f"to {NAME}"}]}
        planted = plant(
            sample("bare"), value if field in VALUE_FIELDS else f"It is {NAME} in {PLACE}."
        )
        left = to_json(got(made, planted)).decode()
        if field.replace(" ", "_").startswith(TECHNICAL) or field == "earlier change":
            continue
        assert NAME not in left, field
        assert "[person]" in left, field


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_no_text_of_somebody_stays(recording: Make, name: str) -> None:
    payload = sample(name)
    made = got(recording(), payload)
    for field in (
        "id",
        "kind",
        "status",
        "timing",
        "usage",
        "cost",
        "request_model",
        "server_address",
    ):
        assert getattr(made, field) == getattr(payload, field)


def test_each_find_has_its_receipt(recording: Make) -> None:
    payload = got(recording(), evolve(sample("bare"), name=f"{NAME} and Ada Lovelace in {PLACE}"))
    assert payload.name == "[person] and [person] in [location]"
    assert {(change.path, change.rule, change.count) for change in payload.changes} == {
        ("name", "presidio:person", 2), ("name", "presidio:location", 1),
    }  # fmt: skip


def test_settings_say_what_is_hidden_and_how(recording: Make) -> None:
    made = recording(entities=["LOCATION"], placeholder="<{entity}>")
    assert (
        got(made, evolve(sample("bare"), name=f"{NAME} in {PLACE}")).name == f"{NAME} in <location>"
    )
    sure = recording(threshold=0.99)
    assert got(sure, evolve(sample("bare"), name=f"{NAME} in {PLACE}")).name == f"{NAME} in {PLACE}"


def test_finds_with_a_form_are_there_too(recording: Make) -> None:
    made = recording(entities=["PERSON", "IP_ADDRESS"])
    assert (
        got(made, evolve(sample("bare"), name=f"{NAME} at 203.0.113.7")).name
        == "[person] at [ip_address]"
    )


def test_of_two_finds_in_one_place_one_counts(model: Path) -> None:
    redactor = Redactor(Settings(model=str(model), entities=("PERSON", "LOCATION")))
    assert redactor._change("at Lovelace Street 7")[0] == "at [location] 7"


def test_it_comes_after_the_policy(recording: Make) -> None:
    made = recording(core={"content": "masked"})
    payload = got(made, evolve(sample("bare"), name=f"{NAME}, zoe@example.com"))
    assert payload.name == "[person], [email]"


def test_a_text_that_cannot_be_looked_at_is_a_placeholder(recording: Make) -> None:
    payload = got(recording(), evolve(sample("bare"), name="x " * 500_001 + NAME, user_id=NAME))
    assert (payload.name, payload.user_id) == ("[hidden: failed]", "[person]")


class Stuck:
    """Stands for an analyzer that does not come back."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def __call__(self, text: str) -> Any:
        self.gate.wait()
        return []


def _raise(text: str) -> Any:
    raise MemoryError(text)


def _recurse(text: str) -> Any:
    return _recurse(text)


@pytest.mark.parametrize("fault", ["raises", "recurses", "hangs", "nonsense"])
def test_whatever_fails_lets_no_name_out(recording: Make, fault: str) -> None:
    logger, records = recording(core={"redact_timeout_s": 0.2})
    (redactor,) = (route.plugin for route in logger.routes if route.name == "presidio")
    stuck = Stuck()
    redactor._find = {
        "raises": _raise,
        "recurses": _recurse,
        "hangs": stuck,
        "nonsense": lambda _: [7],
    }[fault]
    payload = evolve(sample("tools"), metadata={"note": NAME}, input_value=f"It is {NAME}.")
    try:
        made = got((logger, records), payload)
    finally:
        stuck.gate.set()
    assert NAME.encode() not in to_json(made)
    assert made.id == payload.id


@pytest.mark.parametrize(("settings", "problem"), [
    ({"model": "en_core_web_none"}, "python -m spacy download en_core_web_none"),
    ({"model": "../nowhere"}, "no model"), ({"entities": ["PERSN"]}, "no PERSN: say"),
    ({"entities": []}, "say what to hide"), ({"threshold": 2}, "from 0 to 1"),
    ({"entitys": ["PERSON"]}, "did you mean 'entities'"),
])  # fmt: skip
def test_wrong_settings_are_errors_and_let_nothing_out(
    model: Path, settings: dict[str, Any], problem: str
) -> None:
    records = Records()
    asked: dict[str, Any] = {"plugins": ["presidio", records], "environ": {}, "file": False,
                             "plugin": {"presidio": {"model": model, **settings}}}  # fmt: skip
    with pytest.raises(SettingsError, match=problem):
        Logger(**asked)
    with Logger(**asked, strict=False) as logger:
        assert got((logger, records), sample()).input_messages[0].text == HIDDEN


def test_what_was_found_is_remembered(model: Path) -> None:
    redactor = Redactor(Settings(model=str(model)))
    asked: list[str] = []
    find = redactor._find

    def counting(text: str) -> Any:
        asked.append(text)
        return find(text)

    redactor._find = counting
    payload = evolve(sample("bare"), name=f"{NAME}!")
    for destination in ("first", "second", "presidio"):
        made = redactor.redact(payload, destination)
        assert made is None if destination == "presidio" else made.name == "[person]!"
    assert asked == [f"{NAME}!"]


def test_doctor_shows_what_becomes_of_a_sentence(model: Path) -> None:
    assert Redactor(Settings(model=str(model))).check() == "[person] lived in [location]."
