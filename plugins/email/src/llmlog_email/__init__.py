"""Send alerts by e-mail over SMTP.

https://www.rfc-editor.org/rfc/rfc5321
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal

from attrs import frozen

from llmlog import ClientExporter, Delivered, Limits, Payload, Rejected, Retryable, Secret, env
from llmlog.alerts import alert_of
from llmlog.delivery.outcome import Outcome

__all__ = ["Settings", "exporter", "message"]


@frozen(kw_only=True)
class Settings:
    """Which server, as whom, and to whom."""

    host: str = env("SMTP_HOST", help="of the server that takes e-mail for delivery")
    port: int = env("SMTP_PORT", default=587, help="587 with starttls, 465 with tls, 25 with none")
    security: Literal["starttls", "tls", "none"] = env(
        "SMTP_SECURITY", default="starttls", help="starttls, tls from the first byte, or none"
    )
    username: str | None = env("SMTP_USERNAME", default=None, help="of the account")
    password: Secret | None = env("SMTP_PASSWORD", default=None, help="of the account")
    sender: str = env("SMTP_FROM", "SMTP_SENDER_EMAIL", help="address of the sender")
    to: tuple[str, ...] = env("SMTP_TO", help="addresses of the receivers")
    timeout_s: float = env("SMTP_TIMEOUT", default=10.0, help="of one step, in seconds")


def message(settings: Settings, payload: Payload) -> EmailMessage:
    """Return an alert as an e-mail whose id is the alert's."""
    alert = alert_of(payload)
    made = EmailMessage()
    made["From"] = settings.sender
    made["To"] = ", ".join(settings.to)
    made["Subject"] = f"[llmlog] {_line(alert.title)}"
    made["Date"] = formatdate(payload.timing.end_unix_ns / 1e9)
    made["Message-ID"] = f"<{payload.id}@llmlog.invalid>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(alert.body.encode("utf-8", "replace").decode())
    return made


def _line(text: str) -> str:
    printable = (sign if sign.isprintable() else " " for sign in text)
    return "".join(printable).encode("utf-8", "replace").decode()[:200]


def connect(settings: Settings) -> smtplib.SMTP:
    """Open a session; certificates are checked."""
    if settings.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout_s,
            context=ssl.create_default_context(),
        )  # fmt: skip
    else:
        client = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
    if settings.security == "starttls":
        client.starttls(context=ssl.create_default_context())
    if settings.username and settings.password:
        client.login(settings.username, settings.password.reveal())
    return client


def send(client: smtplib.SMTP, settings: Settings, batch: Sequence[Payload]) -> list[Outcome]:
    """Send an e-mail for each alert."""
    return list(_outcomes(client, settings, batch))


def _outcomes(
    client: smtplib.SMTP, settings: Settings, batch: Sequence[Payload]
) -> Iterator[Outcome]:
    for payload in batch:
        try:
            refused = client.send_message(message(settings, payload))
        except smtplib.SMTPRecipientsRefused as problem:
            yield _verdict(max(code for code, _ in problem.recipients.values()), "no receiver")
        except smtplib.SMTPResponseException as problem:
            yield _verdict(problem.smtp_code, str(problem.smtp_error))
        else:
            yield Delivered(f"not to {', '.join(refused)}" if refused else "")


def _verdict(code: int, said: str) -> Outcome:
    """Read a reply code: 4xx may pass, 5xx does not."""
    return Rejected(f"{code} {said}") if code >= 500 else Retryable(f"{code} {said}")  # noqa: PLR2004


exporter = ClientExporter(
    name="email", settings=Settings, connect=connect, send=send, close=smtplib.SMTP.close,
    retryable=(OSError,), takes="alerts", limits=Limits(events=10, age_s=0.0),
)  # fmt: skip
