"""What every plugin promises, against a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from attrs import evolve

from llmlog.delivery.outcome import Delivered, Rejected, Retryable
from llmlog.testing import ALERTS, ClientContract, TakesAlerts, check_golden, sample
from llmlog_email import Settings, connect, exporter, message, send

GOLDEN = Path(__file__).parent / "golden" / "samples.json"


class Inbox:
    """Keeps what it is sent; `answers` are its replies, used up in order, by receiver."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.answers: dict[str, list[str]] = {}
        self.texts = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answers = self.answers.get(address)
        if answers and (answer := answers.pop(0)) != "250 OK":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.contents.append(envelope.content)
        return "250 taken"

    def messages(self) -> list[EmailMessage]:
        """Return what arrived, as the standard library reads it."""
        return [message_from_bytes(each, policy=policy.default) for each in self.contents]  # type: ignore[misc]


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    yield inbox, controller.port
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def settings(port: int, **values: Any) -> Settings:
    return Settings(**{
        "host": "127.0.0.1", "port": port, "security": "none", "sender": "llmlog@example.com",
        "to": ("ops@example.com", "dev@example.com"), **values,
    })  # fmt: skip


class TestContract(TakesAlerts, ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "host": "127.0.0.1", "security": "none",
        "sender": "llmlog@example.com", "to": ["ops@example.com"], "password": "fake-password",
    }  # fmt: skip

    @pytest.fixture
    def place(self, inbox: tuple[Inbox, int]) -> str:
        self.inbox = inbox[0]
        return str(inbox[1])

    def values(self, place: str) -> dict[str, Any]:
        """Return the settings; the place is a port."""
        return {**super().values(place), "port": int(place.rpartition(":")[2])}

    def everything(self, place: str) -> str:
        """Return all e-mails, headers and texts."""
        return "\n".join(f"{dict(each.items())} {each.get_content()}"
                         for each in self.inbox.messages())  # fmt: skip


def test_every_alert_is_as_the_golden_file_says() -> None:
    made = {
        name: {**dict(each.items()), "text": each.get_content().splitlines()}
        for name, each in ((name, message(settings(25), ALERTS[name])) for name in ALERTS)
    }
    check_golden(GOLDEN, made)


def test_a_mail_arrives_as_it_was_written(inbox: tuple[Inbox, int]) -> None:
    asked = settings(inbox[1])
    assert send(connect(asked), asked, [ALERTS["firing"]]) == [Delivered("")]
    (arrived,) = inbox[0].messages()
    assert arrived["Message-ID"] == f"<{ALERTS['firing'].id}@llmlog.invalid>"
    assert arrived.get_content().startswith("failure rate 25 %, the limit is 10 %")


@pytest.mark.parametrize(("reply", "outcome"), [
    ("450 try later", Retryable), ("550 no such user", Rejected),
])  # fmt: skip
def test_a_reply_says_whether_it_passes(
    inbox: tuple[Inbox, int], reply: str, outcome: type
) -> None:
    asked = settings(inbox[1], to=("ops@example.com",))
    inbox[0].answers["ops@example.com"] = [reply]
    client = connect(asked)
    first, second = send(client, asked, [ALERTS["firing"], ALERTS["budget"]])
    assert isinstance(first, outcome)
    assert second == Delivered("")


def test_a_receiver_who_is_refused_is_named(inbox: tuple[Inbox, int]) -> None:
    asked = settings(inbox[1])
    inbox[0].answers["dev@example.com"] = ["550 gone"]
    (outcome,) = send(connect(asked), asked, [ALERTS["firing"]])
    assert outcome == Delivered("not to dev@example.com")


def test_no_line_break_in_a_name_makes_a_header() -> None:
    named = evolve(sample("chat"), name="a\r\nBcc: eve@example.com")
    made = message_from_bytes(message(settings(25), named).as_bytes(), policy=policy.default)
    assert made["Bcc"] is None
    assert "Bcc: eve@example.com" in made["Subject"]
