"""Faults inside redaction, at every step: whatever fails, nothing original comes out."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from attrs import evolve

import llmlog.redaction
from llmlog.errors import LlmlogError
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import Policy, known_values
from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.masking import Masking, Masks, stock_rules
from llmlog.redaction.pseudonym import PseudonymKeys
from llmlog.redaction.rule import KINDS, Rule
from llmlog.redaction.sealing import Sealing
from llmlog.redaction.stage import stages_of
from llmlog.schema import to_json
from llmlog.secret import Secret
from llmlog.testing import sample
from llmlog.testing.canary import CANARY, FIELDS, TEXT_CARRIERS, VALUE_FIELDS, traces
from llmlog.testing.records import Records

PACKAGE = llmlog.redaction.__name__
MODULES = [importlib.import_module(f"{PACKAGE}.{found.name}")
           for found in pkgutil.iter_modules(llmlog.redaction.__path__)]  # fmt: skip
SETTING_UP = {"own_rules", "_own", "_by_head", "secrets_in", "_forms", "_table", "stages_of",
              "known_values", "watch_log", "_finder", "stock_rules", "learn", "__init__",
              "__attrs_post_init__", "tightened", "_stricter", "_digest", "_silence"}  # fmt: skip
OURS_ALONE = {"apply", "_envelope", "envelope"}
"""The last resort: `test_when_not_even_the_envelope_can_be_made` is about these."""


def _functions() -> Iterator[tuple[str, Any, str]]:
    """Yield every function and method of the package that runs when a payload is redacted."""
    for module in MODULES:
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    written = inspect.isfunction(function) and (
                        function.__code__.co_filename == module.__file__)  # fmt: skip
                    if written and method not in SETTING_UP | OURS_ALONE:
                        yield f"{module.__name__[17:]}.{name}.{method}", value, method
            elif callable(value) and name not in SETTING_UP | OURS_ALONE:
                yield f"{module.__name__[17:]}.{name}", module, name


STEPS = {label: (owner, name) for label, owner, name in _functions()
         if not label.startswith(("reply.", "assignment.", "check.", "identity.", "number.", "phone.",
                                  "rewriting.", "vendor."))
         and "LogFilter" not in label}  # fmt: skip
"""Rules hold their checks themselves: `test_a_rule_that_fails_lets_nothing_out` is about those."""


def swap(monkeypatch: pytest.MonkeyPatch, label: str, replacement: Any) -> None:
    """Put a replacement in the place of a step, wherever it was imported to."""
    owner, name = STEPS[label]
    original = getattr(owner, name)
    monkeypatch.setattr(owner, name, replacement(original))
    for module in MODULES:
        for held, value in list(vars(module).items()):
            if value is original:
                monkeypatch.setattr(module, held, replacement(original))
            elif isinstance(value, dict) and original in value.values():
                for key in [key for key, each in value.items() if each is original]:
                    monkeypatch.setitem(value, key, replacement(original))
            elif isinstance(value, tuple) and any(each is original for each in value):
                monkeypatch.setattr(module, held, tuple(
                    replacement(each) if each is original else each for each in value))  # fmt: skip


SELDOM = {"known.Known.__call__", "walk._numbers", "form._odd_characters",
          "form._normal", "needle._OneByOne.find", "masking.Masking._refuse",
          "name._narrow"}  # fmt: skip
"""Steps of other occasions: log lines, failures, first uses, names seen before, a process without
RE2, keys of other vendors, long texts."""


class Ran:
    """Counts how often a fault really happened."""

    def __init__(self) -> None:
        self.times = 0


def planted() -> Payload:
    """Return a payload with the canary in every field and many carriers."""
    payload = sample("failure")
    for name, plant in FIELDS.items():
        if name != "earlier change":
            payload = plant(
                payload,
                f"It is {CANARY}."
                if name not in VALUE_FIELDS
                else {CANARY: [CANARY, {"password": CANARY}]},
            )
    return evolve(payload, metadata={
        "headers": {"authorization": CANARY, "date": f"today {CANARY}"},
        "sent_headers": [["cookie", CANARY], ["date", CANARY], {"name": "x-api-key", "value": CANARY}],
        "http.request.header.authorization": [CANARY], "card": 4111111111111111, "n\u200bote": CANARY, "carriers": [carry(CANARY) for carry in _carriers()],
        "maps_key": "a1B2c3D4e5F6g7H8i9J0",
        "numbers": "+1 415 555 0132 GB82WEST12345698765432 fe80::1 536-22-1234 529.982.247-25"
                   " 2341 2341 2346 12345678Z 44051401359 295109912611193 11010519491231002X, 10.0.0.9, AB 12 34 56 C",
    })  # fmt: skip


def _carriers() -> list[Callable[[str], str]]:
    """Return those that every policy of these tests finds, known values alone included."""
    beyond = ("long", "base64 in lines", "base64 of wide")
    return [carry for name, carry in TEXT_CARRIERS.items() if not any(b in name for b in beyond)]


class OneKey:
    """Has one key for everybody; none where the library is not installed."""

    def of(self, _: str) -> list[Any]:
        if find_spec("cryptography") is None:
            return []
        from llmlog.encryption.envelope import read_key

        return [read_key("0" * 64)]


POLICIES = {
    "masked": Policy(content="masked", known=known_values([Secret("known credential")])),
    "encrypted": Policy(content="encrypted", kinds=frozenset(KINDS), sealing=Sealing(ring=OneKey())),
    "known": Policy(known=known_values([Secret(CANARY)])),
    "all": Policy(content="none", kinds=frozenset({"credential"}), hide_metadata=("note",),
                  pseudonyms=("user_id", "session_id"),
                  pseudonym_keys=PseudonymKeys(general=Secret("k" * 20), per="team_id")),
}  # fmt: skip


def fresh(policy: Policy, **changes: Any) -> Policy:
    """Return an equal policy that remembers no texts."""
    return evolve(policy, **changes)


FAULTS = [ValueError, SystemExit, MemoryError]


def raising(ran: Ran, fault: type[BaseException]) -> Callable[[Any], Any]:
    def replacement(_: Any) -> Any:
        def step(*_: Any, **__: Any) -> Any:
            ran.times += 1
            raise fault(f"cannot read {CANARY}")

        return step

    return replacement


@pytest.mark.parametrize("label", STEPS)
def test_a_step_that_raises_lets_nothing_out(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    payload = planted()
    for number, policy in enumerate(POLICIES.values()):
        for fault in FAULTS[number:] or FAULTS[:1]:
            with monkeypatch.context() as patch:
                ran, made_of = Ran(), fresh(policy)
                swap(patch, label, raising(ran, fault))
                made = applied(made_of, payload)
            _check(made, payload)


def applied(policy: Policy, payload: Payload) -> Payload | None:
    """Return what a policy lets pass; None when it gave up and nothing would leave."""
    try:
        return policy.apply(payload)
    except LlmlogError as problem:
        assert str(problem) == "redaction failed"
        return None


def _check(made: Payload | None, payload: Payload) -> None:
    if made is None:
        return
    assert not traces(to_json(made))
    assert (made.id, made.status) == (payload.id, payload.status)
    assert made.timing == payload.timing


@pytest.mark.parametrize("label", STEPS)
def test_a_step_that_raises_now_and_then_lets_nothing_out(
    monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    payload = planted()
    for policy in (POLICIES["masked"], POLICIES["encrypted"], POLICIES["known"]):
        for number in (3,):
            made_of = fresh(policy)
            with monkeypatch.context() as patch:
                swap(patch, label, every(number))
                made = applied(made_of, payload)
            _check(made, payload)


def every(number: int) -> Callable[[Any], Any]:
    calls = Ran()

    def replacement(original: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            calls.times += 1
            if calls.times % number == 0:
                raise ValueError(CANARY)
            return original(*arguments, **named)

        return step

    return replacement


@pytest.mark.parametrize("label", STEPS)
def test_a_step_that_hangs_is_over_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    payload = planted()
    made_of = fresh(POLICIES["masked"], bounds=Bounds(seconds=0.02))
    slept = Ran()

    def hanging(original: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            if slept.times < 2:
                slept.times += 1
                time.sleep(0.03)
            return original(*arguments, **named)

        return step

    swap(monkeypatch, label, hanging)
    began = time.monotonic()
    made = made_of.apply(payload)
    assert time.monotonic() - began < 5
    _check(made, payload)


@pytest.mark.parametrize("label", STEPS)
def test_a_step_that_recurses_without_end_lets_nothing_out(
    monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    def endless(_: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            return step(*arguments, **named)

        return step

    payload = planted()
    made_of = fresh(POLICIES["masked"])
    swap(monkeypatch, label, endless)
    _check(applied(made_of, payload), payload)


@pytest.mark.parametrize("label", [label for label in STEPS if label.startswith("form.")])
def test_a_form_that_grows_without_measure_is_hidden(
    monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    def growing(original: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            made = original(*arguments, **named)
            return f"{made}{' ' * 3_000_000}" if isinstance(made, str) else made

        return step

    payload = planted()
    made_of = fresh(POLICIES["masked"])
    swap(monkeypatch, label, growing)
    made = made_of.apply(payload)
    _check(made, payload)
    assert len(to_json(made)) < 1_000_000


def test_a_long_text_that_cannot_be_measured_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    ran, payload = Ran(), evolve(planted(), input_value=f"It is {CANARY}. {'é' * 100_000}")
    swap(monkeypatch, "form._normal", raising(ran, ValueError))
    _check(applied(fresh(POLICIES["masked"]), payload), payload)
    assert ran.times


def test_the_faults_really_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly every step is taken by the planted payload, under one of the policies."""
    payload = planted()
    idle = set()
    for label in STEPS:
        ran = Ran()
        for policy in POLICIES.values():
            made_of = fresh(policy)
            with monkeypatch.context() as patch:
                swap(patch, label, raising(ran, ValueError))
                applied(made_of, payload)
        if not ran.times:
            idle.add(label)
    assert len(STEPS) > 60
    engines = {"needle._Together.find", "needle._OneByOne.find"}  # with RE2, and without
    keyless = (
        set()
        if find_spec("cryptography")
        else {label for label in STEPS if label.startswith("sealing.")}
    )
    assert not idle - SELDOM - engines - keyless
    assert not engines <= idle


RULES = stock_rules(frozenset(KINDS))
ONE_OF_EACH_KIND = list({rule.kind: rule for rule in RULES}.values())


@pytest.mark.parametrize(("rule", "fault"), [
    *((rule, "raises") for rule in RULES), *((rule, "hangs") for rule in ONE_OF_EACH_KIND),
], ids=lambda each: each if isinstance(each, str) else each.name)  # fmt: skip
def test_a_rule_that_fails_lets_nothing_out(rule: Rule, fault: str) -> None:
    ran = Ran()

    def failing(*_: Any) -> Any:
        ran.times += 1
        if fault == "raises":
            raise ValueError(CANARY)
        if ran.times == 1:
            time.sleep(0.15)

    policy = Policy(content="masked", bounds=Bounds(seconds=0.12 if fault == "hangs" else 1.0))
    broken = evolve(rule, check=failing, pattern=re.compile("."), needles=(), view="text", shape=None,
                    anchored=False)  # fmt: skip
    rules = (each for stage in policy.masks.stages for each in stage.rules)
    stages = stages_of([broken if each is rule else each for each in rules])
    object.__setattr__(policy.masks, "stages", stages)
    payload = evolve(
        sample("bare"), metadata={"a": f"it is {CANARY}", CANARY: [CANARY]}, name=CANARY
    )
    made = policy.apply(payload)
    assert ran.times
    assert not traces(to_json(made))


@pytest.mark.parametrize("step", ["envelope", "Payload"])
def test_when_not_even_the_envelope_can_be_made_nothing_leaves(
    monkeypatch: pytest.MonkeyPatch, make_logger: Callable[..., Logger],
    caplog: pytest.LogCaptureFixture, step: str,
) -> None:  # fmt: skip
    from llmlog.redaction import policy, walk

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError(CANARY)

    records = Records()
    logger = make_logger(records, content="masked")
    monkeypatch.setattr(walk, "masked", broken)
    monkeypatch.setattr(policy, "masked", broken)
    monkeypatch.setattr(policy, "envelope", broken) if step == "envelope" else (
        monkeypatch.setattr(walk, "Payload", broken)
    )
    with pytest.raises(LlmlogError, match="redaction failed"):
        Policy(content="masked").apply(planted())
    logger.log(planted())
    logger.flush(2)
    assert records._payloads == []
    assert "redaction failed" in caplog.text
    assert not traces(caplog.text)


class TestBudget:
    def masking(self, **bounds: Any) -> Masking:
        return Masking(Masks(kinds=frozenset({"email"})), Budget(Bounds(**bounds)))

    @pytest.mark.parametrize(("bounds", "value", "result"), [
        ({"text": 10}, "x" * 11, "[hidden: length]"),
        ({"text": 10}, "x" * 10, "x" * 10),
        ({"characters": 15}, ["x" * 10, "y" * 10], ["x" * 10, "[hidden: size]"]),
        ({"values": 2}, ["aaaa", "bbbb"], ["aaaa", "[hidden: count]"]),
        ({"depth": 1}, [["aaaa"]], [["[hidden: depth]"]]),
        ({"seconds": -1.0}, "aaaa", "[hidden: time]"),
        ({"seconds": -1.0}, {"aaaa": 1}, {"[hidden: time]": 1}),
    ])  # fmt: skip
    def test_what_is_over_it_is_hidden(self, bounds: Any, value: Any, result: Any) -> None:
        assert self.masking(**bounds).value(value) == result

    def test_it_is_counted(self) -> None:
        masking = self.masking(text=5)
        masking.text("x" * 6)
        assert masking.counts == {"hidden:length": 1}

    def test_deep_json_in_text_is_hidden(self) -> None:
        assert self.masking().text("[" * 100_000 + "]" * 100_000) == "[hidden: depth]"

    def test_a_value_that_holds_itself_ends(self) -> None:
        value: list[Any] = ["zoe@example.com"]
        value.append(value)
        assert "zoe" not in repr(self.masking().value(value))
