"""E-mails beside those of SendGrid's own models."""

from __future__ import annotations

import pytest
from sendgrid.helpers.mail import Category, Content, CustomArg, Mail, To  # type: ignore[import-untyped]

from llmlog import Secret
from llmlog.alerts import alert_of
from llmlog.testing import ALERTS
from llmlog_sendgrid import Settings, email

TO = ("ops@example.com", "dev@example.com")
SETTINGS = Settings(api_key=Secret("SG.fake"), sender="alerts@example.com", to=TO)


@pytest.mark.parametrize("name", ALERTS)
def test_an_email_is_the_one_of_the_vendors_models(name: str) -> None:
    alert, alert_id = alert_of(ALERTS[name]), ALERTS[name].id
    theirs = Mail(from_email="alerts@example.com", subject=f"[llmlog] {alert.title}",
                  to_emails=[To(address) for address in TO])  # fmt: skip
    theirs.content = Content("text/plain", alert.body)
    theirs.category = Category("llmlog")
    theirs.custom_arg = [CustomArg("alert", alert_id), CustomArg("state", alert.state)]
    assert email(SETTINGS, alert, alert_id) == theirs.get()
