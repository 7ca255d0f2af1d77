"""Requests beside those of Resend's own client."""

from __future__ import annotations

import pytest
import resend

from llmlog import Secret
from llmlog.alerts import alert_of
from llmlog.testing import ALERTS, Answer, ScriptedEndpoint
from llmlog_resend import Settings, email, encode

ANSWER = Answer(content=b'{"id":"fake"}', headers={"content-type": "application/json"})


@pytest.mark.parametrize("name", ALERTS)
def test_a_request_is_the_one_of_the_vendors_client(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedEndpoint(default=ANSWER) as endpoint:
        settings = Settings(api_key=Secret("re_fake"), sender="a@example.com",
                            to=("b@example.com",), url=endpoint.url)  # fmt: skip
        monkeypatch.setattr(resend, "api_key", "re_fake")
        monkeypatch.setattr(resend, "api_url", endpoint.url)
        made = email(settings, alert_of(ALERTS[name]))
        resend.Emails.send(made, {"idempotency_key": ALERTS[name].id})  # type: ignore[arg-type]
        (theirs,) = endpoint.requests
    ours = encode(settings, [ALERTS[name]])
    assert (ours.method, ours.url) == (theirs.method, f"{endpoint.url}{theirs.path}")
    assert made == theirs.json()
    for header in ("authorization", "idempotency-key"):
        assert ours.headers[header] == theirs.headers[header]
