"""Senders: over HTTP as the protocol has it, through clients that break."""

from __future__ import annotations

import gc
import gzip
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
from attrs import frozen

from llmlog import ClientExporter, HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.clock import Clock
from llmlog.delivery.client_sender import ClientSender
from llmlog.delivery.http_reply import MAX_BYTES
from llmlog.delivery.http_sender import HTTPSender
from llmlog.delivery.outcome import Delivered, Outcome, Refused, Rejected, Retryable, TooLarge
from llmlog.delivery.request import Reply
from llmlog.settings import Sources, load
from llmlog.testing import Answer, ScriptedEndpoint, sample


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


OPEN: list[HTTPSender] = []


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """Close what a test opened."""
    yield
    while OPEN:
        OPEN.pop().close()


def sender(endpoint: ScriptedEndpoint, **changes: Any) -> HTTPSender:
    limits = changes.pop("limits", Limits())
    text = changes.pop("text", "x")
    exporter = HTTPExporter(
        name="example", settings=Settings, limits=limits,
        encode=lambda settings, batch: Request.json(settings.url, [text for _ in batch]),
        **changes,
    )  # fmt: skip
    made = HTTPSender(exporter, Settings(url=f"{endpoint.url}/in?a=1"), limits, Clock())
    OPEN.append(made)
    return made


BATCH = (sample("chat"), sample("failure"))


@pytest.mark.parametrize(("answer", "outcome"), [
    (Answer(), Delivered),
    (Answer(headers={"content-encoding": "gzip"}, content=b"none"), Retryable),
])  # fmt: skip
def test_a_request_that_was_answered_goes_without_the_garbage_collector(
    endpoint: ScriptedEndpoint, answer: Answer, outcome: type
) -> None:
    def alive() -> int:
        return sum(type(each) in (httpx.Request, httpx.Response) for each in gc.get_objects())

    mine = sender(endpoint)
    endpoint.default = answer
    gc.collect()
    before = alive()
    gc.disable()
    try:
        for _ in range(3):
            assert isinstance(mine.send(BATCH), outcome)
        assert alive() <= before
    finally:
        gc.enable()


def test_what_cannot_be_signed_is_kept(endpoint: ScriptedEndpoint) -> None:
    def sign(*_: object) -> Request:
        raise LookupError("no token")

    answer = sender(endpoint, sign=sign).send(BATCH)
    assert isinstance(answer, Refused)
    assert "no token" in answer.reason
    assert not endpoint.requests


def test_a_batch_is_posted_as_encoded(endpoint: ScriptedEndpoint) -> None:
    answer = sender(endpoint).send(BATCH)
    (request,) = endpoint.requests
    assert isinstance(answer, Delivered)
    assert (request.method, request.path) == ("POST", "/in?a=1")
    assert request.content == b'["x","x"]'
    assert request.headers["user-agent"].startswith("llmlog/")


def test_large_bodies_are_compressed_alike_each_time(endpoint: ScriptedEndpoint) -> None:
    made = sender(endpoint, text="a" * 4000)
    made.send(BATCH)
    made.send(BATCH)
    first, second = endpoint.requests
    assert first.raw == second.raw
    assert len(first.raw) < 1000
    assert gzip.decompress(first.raw) == first.content


def test_compression_can_be_off(endpoint: ScriptedEndpoint) -> None:
    sender(endpoint, text="a" * 4000, limits=Limits(gzip=False)).send(BATCH)
    assert "content-encoding" not in endpoint.requests[0].headers


def test_what_exceeds_a_limit_is_not_even_sent(endpoint: ScriptedEndpoint) -> None:
    assert isinstance(sender(endpoint, limits=Limits(bytes=8)).send(BATCH), TooLarge)
    alone = sender(endpoint, limits=Limits(event_bytes=3))
    assert isinstance(alone.send(BATCH[:1]), TooLarge)
    assert isinstance(alone.send(BATCH), TooLarge)
    assert not endpoint.requests


def test_redirects_are_not_followed(endpoint: ScriptedEndpoint) -> None:
    with ScriptedEndpoint() as other:
        endpoint.default = Answer(status=307, headers={"location": other.url})
        assert isinstance(sender(endpoint).send(BATCH), Refused)
        assert other.requests == []


@pytest.mark.parametrize("answer", [Answer(cut=True), Answer(delay_s=30)])
def test_a_broken_or_silent_connection_is_tried_again(
    endpoint: ScriptedEndpoint, answer: Answer
) -> None:
    endpoint.script(answer)
    made = sender(endpoint, limits=Limits(timeout_s=0.2))
    assert isinstance(made.send(BATCH), Retryable)
    assert isinstance(made.send(BATCH), Delivered)


def test_nobody_there_is_tried_again() -> None:
    with ScriptedEndpoint() as gone:
        made = sender(gone)
    assert isinstance(made.send(BATCH), Retryable)


def test_a_body_that_is_not_what_it_says_is_tried_again(endpoint: ScriptedEndpoint) -> None:
    endpoint.script(Answer(content=b"not gzip", headers={"content-encoding": "gzip"}))
    assert isinstance(sender(endpoint).send(BATCH), Retryable)


def test_a_huge_reply_is_read_in_part(endpoint: ScriptedEndpoint) -> None:
    seen = []

    def read_reply(reply: Reply, batch: Sequence[Payload]) -> None:
        seen.append(len(reply.content))

    bomb = gzip.compress(b"\0" * (20 * MAX_BYTES))
    endpoint.script(Answer(content=bomb, headers={"content-encoding": "gzip"}))
    assert isinstance(sender(endpoint, read_reply=read_reply).send(BATCH), Delivered)
    assert seen[0] < 2 * MAX_BYTES


def test_a_reply_may_speak_per_event(endpoint: ScriptedEndpoint) -> None:
    def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome]:
        return [Rejected(text) if text else Delivered() for text in reply.json()["errors"]]

    endpoint.script(Answer(status=207, content=b'{"errors": [null, "bad"]}'),
                    Answer(status=409, content=b'{"errors": [null, null]}'))  # fmt: skip
    made = sender(endpoint, read_reply=read_reply, reads=frozenset({409}))
    assert made.send(BATCH) == [Delivered(), Rejected("bad")]
    assert made.send(BATCH) == [Delivered(), Delivered()]


def test_the_wait_that_a_backend_asks_for_is_kept(endpoint: ScriptedEndpoint) -> None:
    endpoint.script(Answer(status=429, headers={"Retry-After": "7"}, content=b"slow down"))
    assert sender(endpoint).send(BATCH) == Retryable("HTTP 429 slow down", 7.0)


def test_a_signature_is_made_for_each_attempt(endpoint: ScriptedEndpoint) -> None:
    times = []

    def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
        times.append(now_unix_s)
        return request.with_headers({"x-signature": str(len(times))})

    made = sender(endpoint, sign=sign)
    made.send(BATCH)
    made.send(BATCH)
    assert [request.headers["x-signature"] for request in endpoint.requests] == ["1", "2"]


def test_our_addresses_are_in_no_log(
    endpoint: ScriptedEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    import threading

    with caplog.at_level(logging.DEBUG):
        made = sender(endpoint)
        thread = threading.Thread(target=made.send, args=(BATCH,), name="llmlog-example")
        thread.start()
        thread.join()
    assert "/in?a=1" not in caplog.text


class Client:
    def __init__(self, *faults: BaseException | None) -> None:
        self.faults = list(faults)
        self.opened = self.closed = 0

    def connect(self, settings: Settings) -> Client:
        self.opened += 1
        return self

    def send(self, client: Client, settings: Settings, batch: Sequence[Payload]) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault

    def close(self, client: Client) -> None:
        self.closed += 1


def client_sender(client: Client, connect: Callable[[Settings], Client] | None = None) -> Any:
    exporter = ClientExporter(
        name="client", settings=Settings, connect=connect or client.connect, send=client.send,
        close=client.close,
    )  # fmt: skip
    return ClientSender(exporter, Settings(url="x"))


def test_a_broken_client_is_opened_anew() -> None:
    client = Client(ConnectionError("gone"))
    made = client_sender(client)
    assert made.send(BATCH) == Retryable("ConnectionError: gone")
    assert made.send(BATCH) == Delivered()
    made.close()
    assert (client.opened, client.closed) == (2, 2)


def test_a_client_that_cannot_connect_keeps_the_events() -> None:
    def connect(settings: Settings) -> Client:
        raise ValueError("no such database")

    assert client_sender(Client(), connect).send(BATCH) == Refused(
        "cannot connect: ValueError: no such database"
    )


def test_secret_headers_may_be_a_table() -> None:
    @frozen
    class Headers:
        headers: Mapping[str, Secret] = env("EXAMPLE_HEADERS", default={}, help="headers")

    text = load(Headers, Sources(environ={"EXAMPLE_HEADERS": "x-key=fake-1"}), "example")[0]
    table = load(
        Headers,
        Sources(environ={}, file={"plugin": {"example": {"headers": {"x-key": "fake-1"}}}}),
        "example",
    )[0]
    assert text == table
    assert text.headers["x-key"].reveal() == "fake-1"
    assert "fake-1" not in repr(text)
