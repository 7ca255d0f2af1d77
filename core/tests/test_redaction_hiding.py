"""Content that is hidden is hidden in every part of a payload."""

from __future__ import annotations

import pytest
from attrs import evolve

from llmlog.payload import Attempt, Change, Error, Guardrail
from llmlog.redaction.hiding import HIDDEN, without_content
from llmlog.testing import sample

ERROR = Error(type="ValueError", message="said zoe", stacktrace="at zoe", status_code=400)


def test_an_errors_words_go_and_what_it_was_stays() -> None:
    made = without_content(evolve(sample("bare"), error=ERROR), "policy").error
    assert made == evolve(ERROR, message=HIDDEN, stacktrace=None)
    assert without_content(evolve(sample("bare"), error=None), "policy").error is None


def test_each_attempt_keeps_its_number_and_loses_its_words() -> None:
    attempts = (Attempt(number=1, error=ERROR), Attempt(number=2))
    made = without_content(evolve(sample("bare"), attempts=attempts), "policy").attempts
    assert made == (Attempt(number=1, error=evolve(ERROR, message=HIDDEN, stacktrace=None)),
                    Attempt(number=2))  # fmt: skip


@pytest.mark.parametrize(("reason", "left"), [("zoe", HIDDEN), (None, None), ("", "")])
def test_a_guardrail_keeps_its_verdict_and_loses_its_reason(
    reason: str | None, left: str | None
) -> None:
    guardrail = Guardrail(name="g", verdict="blocked", reason=reason)
    made = without_content(evolve(sample("bare"), guardrails=(guardrail,)), "policy").guardrails
    assert made == (evolve(guardrail, reason=left),)


def test_tools_values_and_parameters_go_and_numbers_stay() -> None:
    parameters = {
        "temperature": 0.5,
        "n": 1,
        "stream": True,
        "stop": None,
        "user": "zoe",
        "x": ["zoe"],
    }
    payload = evolve(sample("bare"), tools=({"name": "a"}, {"name": "b"}), parameters=parameters,
                     input_value=None, output_value="", changes=(Change(path="a", action="cut", rule="b"),))  # fmt: skip
    made = without_content(payload, "failed")
    assert made.tools == (HIDDEN, HIDDEN)
    assert made.parameters == {"temperature": 0.5, "n": 1, "stream": True, "stop": None}
    assert (made.input_value, made.output_value) == (None, HIDDEN)
    assert [(change.path, change.action, change.rule) for change in made.changes] == [
        ("a", "cut", "b"), ("content", "hidden", "failed")]  # fmt: skip
