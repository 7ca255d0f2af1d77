"""The gate: addresses that come with a call lead to named hosts, over https, or nowhere."""

from __future__ import annotations

import ipaddress
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from attrs import frozen

from llmlog import HTTPExporter, Limits, Logger, Payload, Request, Secret, env
from llmlog.clock import Clock
from llmlog.delivery.gate import Forbidden, Gate, gated, public
from llmlog.delivery.http_client import warm_up
from llmlog.delivery.http_sender import HTTPSender
from llmlog.delivery.outcome import Rejected
from llmlog.redaction import Known
from llmlog.redaction.reply import DiscreetSender
from llmlog.testing import ScriptedEndpoint, sample

HOSTS = ("api.example.com", "*.good.example", "api.example.net:8443")
PUBLIC = "93.184.216.34"

BYPASSES = (
    # Not https.
    "http://api.example.com/", "HTTP://api.example.com/", "ftp://api.example.com/",
    "file:///etc/passwd", "file://api.example.com/etc/passwd", "gopher://api.example.com/_x",
    "ws://api.example.com/", "wss://api.example.com/", "data:text/plain,x", "javascript:1",
    "//api.example.com/", "api.example.com", "", "https:", "https://", "https:///x", "https:/x",
    "https:api.example.com", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/",
    # Addresses instead of names, however they are spelled.
    "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/",
    "https://0x7f000001/", "https://0x7f.0x0.0x0.0x1/", "https://0x7f.1/", "https://0177.0.0.1/",
    "https://017700000001/", "https://0/", "https://0.0.0.0/", "https://127.0.0.1./",
    "https://127.000.000.001/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://[fe80::1%25eth0]/", "https://[fd00:ec2::254]/",
    "https://169.254.169.254/latest/meta-data/", "https://2852039166/", "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/", "https://169.254.43518/", "https://10.0.0.1/",
    "https://192.168.1.1/", "https://172.16.0.1/", "https://100.64.0.1/",
    "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/", "https://\u2460\u2461\u2466.0.0.1/",
    "https://93.184.216.34/", "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    # Names of this machine and of clouds.
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://localhost.localdomain/",
    "https://ip6-localhost/", "https://metadata.google.internal/", "https://metadata/",
    "https://host.docker.internal/", "https://kubernetes.default.svc/", "https://127.0.0.1.nip.io/",
    "https://localtest.me/",
    # Users, ports and look-alikes of an allowed name.
    "https://api.example.com@127.0.0.1/", "https://api.example.com:443@169.254.169.254/",
    "https://user@api.example.com/", "https://user:pass@api.example.com/", "https://:@api.example.com/",
    "https://127.0.0.1%2F@api.example.com/", "https://127.0.0.1#@api.example.com/",
    "https://127.0.0.1?@api.example.com/", "https://127.0.0.1/@api.example.com/",
    "https://127.0.0.1\\@api.example.com/", "https://127.0.0.1\\.api.example.com/",
    "https://api.example.com\\@127.0.0.1/", "https://api.example.com%00.evil.test/",
    "https://api.example.com%2eevil.test/", "https://api.example.com.evil.test/",
    "https://evilapi.example.com/", "https://evil.test/api.example.com", "https://example.com/",
    "https://evil.test?api.example.com", "https://evil.test#.good.example", "https://good.example/",
    "https://evilgood.example/", "https://a.good.example.evil.test/", "https://.good.example/",
    "https://a..good.example/", "https://-a.good.example/", "https://a_b.good.example/",
    "https://*.good.example/", "https://127.0.0.1%20.good.example/", "https://a.good.example./",
    "https://api.example.com./", "https://api.example.com:80/", "https://api.example.com:8443/",
    "https://api.example.com:22/", "https://api.example.com:0/", "https://api.example.com:65536/",
    "https://api.example.com:443:22/", "https://api.example.net/", "https://api.ex\u0430mple.com/",
    "https://xn--pi-6kc.example.com/", "https://api.example.com\n.evil.test/",
    "https://api.example.com\t@127.0.0.1/", "https:// 127.0.0.1/", " https://127.0.0.1/",
    "https://127.0.0.1\x00.good.example/", "https://[api.example.com]/", "https://api.example.com]/",
)  # fmt: skip

SPECIAL = (
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.168.0.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:20::1", "2002:7f00:1::", "2002:a00:1::",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1",
)  # fmt: skip

_connected: list[Any] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _connected.append(arguments[1])


@pytest.fixture(scope="module", autouse=True)
def watch() -> None:
    """Note every connection of the process; an audit hook stays for good."""
    warm_up()
    sys.addaudithook(_audit)


@frozen(kw_only=True)
class Settings:
    key: Secret = env(help="key")
    url: str = env(help="where to")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    return Request.json(settings.url, [payload.id for payload in batch],
                        headers={"x-key": settings.key.reveal()})  # fmt: skip


exporter = HTTPExporter(name="dummy", settings=Settings, encode=encode)


def answer_of(url: str, gate: Gate) -> Any:
    settings = Settings(key=Secret("fake-key"), url=url)
    sender = DiscreetSender(HTTPSender(exporter, settings, Limits(), Clock(), gate), Known())
    try:
        return sender.send([sample("bare")])
    finally:
        sender.close()


def test_there_are_enough_of_them() -> None:
    assert len(set(BYPASSES)) >= 100
    assert len(set(SPECIAL)) >= 35


@pytest.mark.parametrize("url", BYPASSES)
def test_no_bypass_connects(url: str) -> None:
    before = len(_connected)
    answer = answer_of(url, Gate(hosts=HOSTS, resolve=lambda *_: [PUBLIC]))
    assert isinstance(answer, Rejected), answer
    assert _connected[before:] == []


@pytest.mark.parametrize("address", SPECIAL)
def test_no_name_leads_to_an_address_that_is_not_public(address: str) -> None:
    before = len(_connected)
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        gate = Gate(hosts=HOSTS, resolve=lambda *_, found=found: found)  # type: ignore[misc]
        answer = answer_of("https://api.example.com/in", gate)
        assert isinstance(answer, Rejected), answer
        assert "not public" in answer.reason
    assert _connected[before:] == []


def test_a_name_without_an_address_leads_nowhere() -> None:
    with pytest.raises(Forbidden):
        Gate(hosts=HOSTS, resolve=lambda *_: []).admit(httpx.URL("https://api.example.com/"))


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com/", "https://API.example.com/x?y", "https://api.example.com:443/",
     "https://a.good.example/", "https://a.b.good.example/", "https://api.example.net:8443/"],
)  # fmt: skip
def test_what_is_named_passes(url: str) -> None:
    assert Gate(hosts=HOSTS, resolve=lambda *_: [PUBLIC]).admit(httpx.URL(url)) == PUBLIC


def test_public_addresses_are_public() -> None:
    for text in ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"):
        assert public(ipaddress.ip_address(text)), text


# The connection itself.


@pytest.fixture
def secure() -> Iterator[tuple[ScriptedEndpoint, ssl.SSLContext]]:
    """Return an https endpoint that is api.example.com, and who trusts it."""
    trustme = pytest.importorskip("trustme")
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example.com").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    with ScriptedEndpoint(tls=server) as endpoint:
        yield endpoint, client


def test_the_address_that_was_checked_is_the_one_connected_to(
    secure: tuple[ScriptedEndpoint, ssl.SSLContext],
) -> None:
    endpoint, tls = secure
    port = endpoint.url.rpartition(":")[2]
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    gate = Gate(hosts=(f"api.example.com:{port}",), resolve=lambda *_: answers.pop(0),
                harmless=lambda _: True)  # fmt: skip
    with httpx.Client(transport=gated(gate, tls)) as client:
        assert client.get(f"https://api.example.com:{port}/x").status_code == 200
    assert answers == [["169.254.169.254"]]
    (request,) = endpoint.requests
    assert request.headers["host"] == f"api.example.com:{port}"


def test_the_certificate_is_that_of_the_name(
    secure: tuple[ScriptedEndpoint, ssl.SSLContext],
) -> None:
    endpoint, tls = secure
    port = endpoint.url.rpartition(":")[2]
    gate = Gate(hosts=(f"b.example.com:{port}",), resolve=lambda *_: ["127.0.0.1"],
                harmless=lambda _: True)  # fmt: skip
    with httpx.Client(transport=gated(gate, tls)) as client, pytest.raises(httpx.ConnectError):
        client.get(f"https://b.example.com:{port}/x")
    assert not endpoint.requests


# Credentials of calls, through a Logger.


def sent(logger: Logger, values: Any) -> dict[str, int]:
    with logger.call(credentials={"dummy": values}):
        pass
    logger.flush(10)
    return {reason: count for stats in logger.stats()[1:]
            for reason, count in stats.dropped.items()}  # fmt: skip


VALUES = {"key": "fake-call-key", "url": "https://127.0.0.1/"}


def test_by_default_no_call_brings_credentials(make_logger: Callable[..., Logger]) -> None:
    before = len(_connected)
    logger = make_logger(
        exporter, plugin={"dummy": {"key": "fake-own", "url": "http://127.0.0.1:1"}}
    )
    assert sent(logger, VALUES) == {"no_such_destination": 1}
    assert _connected[before:] == []


@pytest.mark.parametrize("values", [
    {"url": "https://api.example.com"}, {"key": "fake-call-key"}, {}, "fake-call-key", 7, None or [],
    {**VALUES, "more": 1},
])  # fmt: skip
def test_what_a_call_brings_is_complete_or_refused(
    make_logger: Callable[..., Logger], values: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A call's address never gets the configured key, and a call's key no configured address."""
    before = len(_connected)
    own = {"key": "fake-own", "url": "http://127.0.0.1:1", "call_hosts": HOSTS}
    assert sent(make_logger(exporter, plugin={"dummy": own}), values) == {"no_such_destination": 1}
    assert _connected[before:] == []
    assert "fake-call-key" not in caplog.text


def test_a_call_that_leads_elsewhere_is_dead(
    make_logger: Callable[..., Logger], caplog: pytest.LogCaptureFixture
) -> None:
    before = len(_connected)
    own = {"key": "fake-own", "url": "http://127.0.0.1:1", "call_hosts": HOSTS}
    logger = make_logger(exporter, plugin={"dummy": own})
    assert sent(logger, {**VALUES, "key": Secret("fake-call-key")}) == {"rejected": 1}
    assert sent(logger, VALUES) == {"rejected": 2}
    assert _connected[before:] == []
    labels = [stats.label for stats in logger.stats()[1:]]
    assert len(labels) == 2
    assert labels[1].startswith("dummy/call-")
    assert "fake-call-key" not in f"{caplog.text}{logger.stats()}{logger.all_routes()}"
