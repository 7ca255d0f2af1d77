"""The line, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from llmlog import Cost, Error, Payload, Usage
from llmlog.testing.alerts import ALERTS
from llmlog.testing.golden import check_golden
from llmlog.testing.samples import SAMPLES, sample
from llmlog_console import line

GOLDEN = Path(__file__).parent / "golden" / "lines.json"


def test_every_sample_is_as_the_golden_file_says() -> None:
    made = {
        name: [line(sample(name)), line(sample(name), preview=30, color=True)] for name in SAMPLES
    }
    check_golden(GOLDEN, made)


def test_what_is_not_known_is_not_there() -> None:
    assert line(sample("bare")) == "12:00:00Z success tool  0 ms"


def test_content_is_shown_only_when_asked_for() -> None:
    payload = sample("chat")
    assert "hello" not in line(payload).lower()
    assert '"Say hello to Zoë." => "Hello, Zoë!"' in line(payload, preview=30)
    assert '"Say h..." => "Hello..."' in line(payload, preview=5)


@pytest.mark.parametrize(
    ("total", "text"),
    [(0.0, "0 USD"), (1e-9, "0.000000001 USD"), (0.1 + 0.2, "0.3 USD"), (1234.5, "1234.5 USD")],
)
def test_a_cost_is_never_rounded_to_nothing(total: float, text: str) -> None:
    assert f"  {text}  " in line(evolve(sample(), cost=Cost(total=total)))


def test_an_unknown_price_is_no_price() -> None:
    assert "USD" not in line(evolve(sample(), cost=Cost(reason="no price")))


def test_a_side_without_a_count_is_a_question() -> None:
    assert "  ? -> 3 tokens  " in line(evolve(sample(), usage=Usage(output_tokens=3)))


def test_a_long_error_does_not_fill_the_screen() -> None:
    error = Error(type="APIError", message="<html>" * 1000, status_code=502)
    assert len(line(evolve(sample("failure"), error=error))) < 400


def test_a_line_is_made_from_any_payload_that_is_allowed() -> None:
    payload: Payload = evolve(
        sample("tools"), name="\ud800", provider_name=None, request_model=None, response_model=None
    )
    assert "\\ud800" in line(payload, preview=1000)


def test_an_alert_says_what_is_wrong() -> None:
    firing = line(ALERTS["firing"])
    assert "firing: failing (gpt-4o-mini, production)" in firing
    assert "failure rate 25 %, the limit is 10 %" in firing
    report = line(ALERTS["report"])
    assert "12.50 USD since 2026-11-01, 200 calls, 3 failed; model gpt-4o-mini: 12.50 USD" in report
