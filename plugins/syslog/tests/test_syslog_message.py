"""Messages by the grammar of RFC 5424, ways by their RFCs."""

from __future__ import annotations

import re
import ssl
from datetime import datetime
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Delivered, Payload, Rejected, SettingsError
from llmlog.message import Message, Text
from llmlog.schema import from_json
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog.testing.strategies import payloads
from llmlog_syslog import Settings, connect, exporter, send
from llmlog_syslog.message import message

GOLDEN = Path(__file__).parent / "golden" / "messages.json"
UDP = Settings(address="udp://127.0.0.1")
HEAD = re.compile(
    r"<(?P<pri>[0-9]{1,3})>1 (?P<time>\S+) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48})"
    r" (?P<process>[!-~]{1,128}) (?P<id>[!-~]{1,32})"
    r" \[(?P<sd>[!-<>-~]{1,32})(?P<params>( [!-<>-~]{1,32}=\"([^\"\\\]]|\\[\"\\\]])*\")*)\]"
    r" (?P<message>.*)",
    re.DOTALL,
)


def taken_apart(payload: Payload, settings: Settings = UDP) -> dict[str, str]:
    found = HEAD.fullmatch(message(settings, payload).decode())
    assert found, message(settings, payload)
    return found.groupdict()


def test_messages_are_the_golden_ones() -> None:
    check_golden(GOLDEN, {name: message(UDP, sample(name)).decode() for name in SAMPLES})


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_every_message_is_of_the_grammar(payload: Payload) -> None:
    made = taken_apart(payload)
    assert from_json(made["message"]) == payload
    datetime.strptime(made["time"], "%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(
    ("name", "severity"), [("chat", 6), ("failure", 3), ("aborted", 4), ("blocked", 4)]
)
def test_the_priority_is_facility_and_severity(name: str, severity: int) -> None:
    made = taken_apart(sample(name), evolve(UDP, facility="local7"))
    assert int(made["pri"]) == 23 * 8 + severity


def test_signs_that_end_a_value_are_escaped() -> None:
    made = taken_apart(evolve(sample(), user_id='a"b]c\\d\n'))
    assert r' user="a\"b\]c\\d?"' in made["params"]


def test_a_long_call_goes_without_what_was_said() -> None:
    long = Message(role="user", parts=[Text(content="x" * 5000)])
    made = taken_apart(evolve(sample(), input_messages=(long,)), evolve(UDP, message_bytes=2048))
    record = from_json(made["message"])
    assert (record.input_messages, record.changes[-1].action) == ((), "cut")
    assert record.usage == sample().usage


def test_what_is_too_long_all_the_same_is_rejected_alone(udp: socket) -> None:
    settings = Settings(address=f"udp://127.0.0.1:{udp.getsockname()[1]}", message_bytes=2048)
    client = connect(settings)
    long = evolve(sample(), metadata={"note": "x" * 5000})
    outcomes = send(client, settings, [long, sample("bare")])
    assert [type(each) for each in outcomes] == [Rejected, Delivered]
    assert udp.recv(65_536) == message(settings, sample("bare"))
    client.close()


def test_a_unix_socket_takes_the_same(tmp_path: Path) -> None:
    with socket(AF_UNIX, SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        settings = Settings(address=f"unixgram://{tmp_path}/log")
        client = connect(settings)
        send(client, settings, [sample()])
        assert log.recv(65_536) == message(settings, sample())
        client.close()


def test_a_server_that_went_is_noticed_before_the_next_message(waiting: socket) -> None:
    settings = Settings(address=f"tcp://127.0.0.1:{waiting.getsockname()[1]}")
    client = connect(settings)
    waiting.accept()[0].close()
    client.socket.settimeout(10)
    assert client.socket.recv(1) == b""
    with pytest.raises(ConnectionResetError):
        send(client, settings, [sample()])
    client.close()


def test_a_certificate_that_nobody_knows_is_refused(waiting: socket, tmp_path: Path) -> None:
    import threading

    trustme = pytest.importorskip("trustme")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    got: list[bytes] = []

    def serve() -> None:
        for _ in range(2):
            plain = waiting.accept()[0]
            try:
                with context.wrap_socket(plain, server_side=True) as made:
                    got.append(made.recv(65_536))
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve)
    thread.start()
    settings = Settings(address=f"tls://127.0.0.1:{waiting.getsockname()[1]}")
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(settings)
    client = connect(evolve(settings, ca_file=tmp_path / "ca.pem"))
    send(client, settings, [sample("bare")])
    client.close()
    thread.join(20)
    content = message(settings, sample("bare"))
    assert got == [b"%d %b" % (len(content), content)]


@pytest.mark.parametrize(
    ("values", "remedy"),
    [({"address": "http://x"}, "udp://host:514"), ({"facility": "local8"}, "local7")],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    from llmlog import Logger

    with pytest.raises(SettingsError, match=remedy):
        Logger(plugins=[exporter.name], environ={}, file=False,
               plugin={"syslog": {"address": "udp://127.0.0.1", **values}})  # fmt: skip
