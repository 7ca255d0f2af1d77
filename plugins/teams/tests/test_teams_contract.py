"""What every plugin promises, and every plugin that delivers alerts."""

from __future__ import annotations

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Payload
from llmlog.alerts import alert_of
from llmlog.encoding import dumps
from llmlog.testing import ALERTS, AlertContract, Answer
from llmlog.testing.strategies import payloads
from llmlog_teams import card, exporter


class TestContract(AlertContract):
    """The contract."""

    exporter = exporter
    settings = {"webhook_url": "{url}/workflows/fake/triggers/manual/paths/invoke?sig=fake"}
    accepted = Answer(status=202, content=b"")


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_whatever_a_record_holds_the_card_has_texts_of_a_bounded_length(payload: Payload) -> None:
    made = card(alert_of(payload))
    title, text, facts = made["body"]
    assert title["text"]
    assert max(len(title["text"]), len(text["text"])) <= 16_000
    assert all(isinstance(fact["value"], str) for fact in facts["facts"])


def test_no_sign_of_a_name_is_read_as_markdown() -> None:
    assert b"stuck \\\\<&\\\\> \\\\*bold\\\\*" in dumps(card(alert_of(ALERTS["hanging"])))
