"""Where messages go, and what they are called."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from llmlog import env

FACILITIES = ("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
              "authpriv", "ftp", "ntp", "security", "console", "clock", "local0", "local1",
              "local2", "local3", "local4", "local5", "local6", "local7")  # fmt: skip
PORTS = {"udp": 514, "tcp": 601, "tls": 6514, "unix": 0, "unixgram": 0}


@frozen(kw_only=True)
class Settings:
    """One syslog server."""

    address: str = env(
        "LLMLOG_SYSLOG_ADDRESS",
        help="udp://host:514, tcp://host:601, tls://host:6514, unixgram:///dev/log or unix:///path",
    )
    facility: str = env(default="local0", help="such as user, daemon, local0 to local7")
    app_name: str = env(default="llmlog", help="APP-NAME; the record's service goes before it")
    structured_data: str = env(
        default="llmlog@32473", help="SD-ID; put your own enterprise number after the @"
    )
    message_bytes: int = env(
        default=60_000, help="a longer message goes without its content; RFC 5426 has 2048 for UDP"
    )
    ca_file: Path | None = env(
        default=None, help="certificates to trust for tls://; unset: system's"
    )
    timeout_s: float = env(default=10.0, help="seconds to wait for the connection and for room")

    def __attrs_post_init__(self) -> None:
        """Refuse addresses and facilities that there are not."""
        if self.parts.scheme not in PORTS or not (self.parts.hostname or self.parts.path):
            raise ValueError(f"address: say udp://host:514 or tcp://host:601, not {self.address!r}")
        if self.facility not in FACILITIES:
            raise ValueError(f"facility: say one of {', '.join(FACILITIES)}")

    @property
    def parts(self) -> SplitResult:
        """Return the address, taken apart."""
        return urlsplit(self.address)

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Return host and port, the standard one if none is said."""
        return self.parts.hostname or "127.0.0.1", self.parts.port or PORTS[self.parts.scheme]
