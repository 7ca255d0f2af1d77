"""Backends and networks that misbehave: nothing lost, nothing invented, no one waits for ever."""

from __future__ import annotations

import gzip
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from attrs import evolve, frozen

from llmlog import HTTPExporter, Limits, Request, env
from llmlog.delivery.http_reply import MAX_BYTES, inflated
from llmlog.delivery.stats import LaneStats
from llmlog.logger import Logger
from llmlog.testing import Answer, FaultProxy, ScriptedEndpoint, sample
from llmlog.testing.proxy import Fault

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")


def logger_to(url: str, timeout_s: float = 1.0, **settings: object) -> Logger:
    exporter = HTTPExporter(
        name="example", settings=Settings, limits=Limits(events=3, age_s=0.01, timeout_s=timeout_s),
        encode=lambda settings, batch: Request.json(settings.url, [p.id for p in batch]),
    )  # fmt: skip
    return Logger(plugins=[exporter], environ={"EXAMPLE_URL": url}, file=False, **settings)


def delivered(logger: Logger, *ids: str) -> LaneStats:
    """Log records with these ids; return the account when all are delivered."""
    for name in ids:
        logger.log(evolve(sample("bare"), id=name))
    end_s = time.monotonic() + 90
    while not logger.flush(1).complete:
        assert time.monotonic() < end_s, logger.stats()
    stats = logger.stats()[1]
    assert (stats.delivered, stats.lost, stats.balanced) == (len(ids), 0, True)
    return stats


class RawServer:
    """Hands each connection, by its number, to a function; speaks no protocol of its own."""

    def __init__(self, handle: Callable[[socket.socket, int], None]) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection, self.connections),
                                 daemon=True).start()  # fmt: skip

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            self._handle(connection, number)

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def spoiled(reply: bytes, pause_s: float = 0.0) -> Callable[[socket.socket, int], None]:
    """Return what gives the first connection this reply, byte by byte if there is a pause."""

    def handle(connection: socket.socket, number: int) -> None:
        connection.recv(65_536)
        if number > 1:
            connection.sendall(OK)
            return
        for piece in [bytes([each]) for each in reply] if pause_s else [reply]:
            connection.sendall(piece)
            time.sleep(pause_s)

    return handle


REPLIES = {
    "an empty reply": b"",
    "no http": b"220 smtp.example.com ESMTP\r\n",
    "half a header": b"HTTP/1.1 200 OK\r\ncontent-le",
    "a header of 1 MB": b"HTTP/1.1 200 OK\r\nx: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "invalid header bytes": b"HTTP/1.1 200 OK\r\nx\x00y: \xff\r\n\r\n",
    "a body that ends early": b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
    "a broken chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "broken gzip": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nxxxx",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_reply_that_is_none_is_tried_again(reply: bytes) -> None:
    with RawServer(spoiled(reply)) as server, logger_to(server.url) as logger:
        assert delivered(logger, "a").retried == 1


def test_a_flood_of_interim_replies_is_passed_over() -> None:
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + OK
    with RawServer(spoiled(flood)) as server, logger_to(server.url) as logger:
        assert delivered(logger, "a").retried == 0


def test_a_body_that_drips_longer_than_a_request_may_take_is_tried_again() -> None:
    drip = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b" " * 100
    with RawServer(spoiled(drip, 0.05)) as server, logger_to(server.url) as logger:
        assert delivered(logger, "a").retried == 1


def test_connections_that_the_server_closed_meanwhile_are_opened_anew() -> None:
    def one_reply_each(connection: socket.socket, _: int) -> None:
        connection.recv(65_536)
        connection.sendall(OK)

    with RawServer(one_reply_each) as server, logger_to(server.url) as logger:
        for name in "abcde":
            delivered_so_far(logger, name)
        assert server.connections >= 5


def delivered_so_far(logger: Logger, name: str) -> None:
    logger.log(evolve(sample("bare"), id=name))
    end_s = time.monotonic() + 60
    while not logger.flush(1).complete:
        assert time.monotonic() < end_s
    assert logger.stats()[1].lost == 0


def test_an_answer_that_comes_too_late_doubles_the_request_with_the_same_ids() -> None:
    with (
        ScriptedEndpoint(Answer(delay_s=1.5)) as endpoint,
        logger_to(endpoint.url, timeout_s=0.3) as logger,
    ):
        delivered(logger, "a", "b")
        assert {tuple(request.json()) for request in endpoint.requests[:2]} == {("a", "b")}


def test_a_narrow_band_only_takes_longer() -> None:
    narrow = Fault(name="narrow", piece=50, delay_s=0.05)
    with (
        ScriptedEndpoint() as endpoint,
        FaultProxy(endpoint.url, default=narrow) as proxy,
        logger_to(proxy.url, timeout_s=5.0) as logger,
    ):
        assert delivered(logger, *"abcdef").retried == 0


def test_a_flapping_backend_gets_everything_once_it_is_there() -> None:
    def flap(_: object) -> Answer:
        return Answer(status=503 if int(time.monotonic() * 2) % 2 else 200)

    with ScriptedEndpoint(default=flap) as endpoint, logger_to(endpoint.url) as logger:
        delivered(logger, *map(str, range(30)))


def test_a_compressed_bomb_is_inflated_in_part() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(inflated(bomb, "gzip")) == MAX_BYTES
    answer = Answer(content=bomb, headers={"content-encoding": "gzip"})
    with ScriptedEndpoint(default=answer) as endpoint, logger_to(endpoint.url) as logger:
        delivered(logger, "a")


@pytest.mark.parametrize("content", [b"", b"<html>sorry</html>", b"\xff\xfe", b"[" * 50_000])
def test_what_a_success_says_need_not_be_understood(content: bytes) -> None:
    with (
        ScriptedEndpoint(default=Answer(content=content)) as endpoint,
        logger_to(endpoint.url) as logger,
    ):
        delivered(logger, "a")


def test_a_name_that_does_not_resolve_keeps_the_events() -> None:
    logger = logger_to("http://nowhere.invalid:1")
    logger.log(sample("bare"))
    end_s = time.monotonic() + 60
    while not logger.stats()[1].retried:
        assert time.monotonic() < end_s
        logger.flush(0.05)
    assert logger.flush(0.05).pending == {"example": 1}
    logger.close(0)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedEndpoint]:
    """Yield an HTTP proxy that the environment names."""
    with ScriptedEndpoint() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        yield proxy


def test_a_proxy_of_the_environment_is_used(proxied: ScriptedEndpoint) -> None:
    with logger_to("http://backend.invalid/path") as logger:
        delivered(logger, "a")
    assert proxied.requests[0].headers["host"] == "backend.invalid"


def test_a_proxy_that_asks_for_a_credential_keeps_the_events(proxied: ScriptedEndpoint) -> None:
    proxied.default = Answer(status=407)
    logger = logger_to("http://backend.invalid/path")
    logger.log(sample("bare"))
    proxied.wait_for(1)
    assert logger.flush(0.2).pending == {"example": 1}
    logger.close(0)


def test_no_proxy_is_respected(proxied: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ScriptedEndpoint() as endpoint, logger_to(endpoint.url) as logger:
        delivered(logger, "a")
    assert not proxied.requests


@pytest.mark.skipif(not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"),
                    reason="no IPv6 here")  # fmt: skip
def test_an_address_of_ipv6_alone_is_reached() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(OK)

    threading.Thread(target=serve, daemon=True).start()
    with listener, logger_to(f"http://[::1]:{listener.getsockname()[1]}") as logger:
        delivered(logger, "a")
