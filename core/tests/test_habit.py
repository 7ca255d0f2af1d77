"""What an exporter asks for of its payloads is made as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import frozen

from llmlog import HTTPExporter, Logger, Payload, Request
from llmlog.delivery.lane import Lane, LaneParts
from llmlog.delivery.outcome import Delivered
from llmlog.delivery.queue import Event
from llmlog.exporter import Limits
from llmlog.habit import learning, prepare
from llmlog.schema import encoded
from llmlog.testing import sample
from llmlog.testing.endpoint import ScriptedEndpoint

made: list[str] = []


def form(payload: Payload) -> Any:
    made.append(threading.current_thread().name)
    return {"id": payload.id}


def broken(payload: Payload) -> Any:
    raise ValueError(payload.id)


@frozen
class Settings:
    url: str = ""


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    return Request.json(settings.url, [encoded(payload, form) for payload in batch])


def exporter() -> HTTPExporter[Settings]:
    return HTTPExporter(name="habitual", settings=Settings, encode=encode)


def test_what_was_asked_for_is_made_before_it_is_asked_for_again() -> None:
    mine = exporter()
    with learning(mine):
        encoded(sample("chat"), form)
    made.clear()
    payload = sample("chat")
    prepare(payload, mine)
    assert len(made) == 1
    assert encoded(payload, form).content == b'{"id":"%s"}' % payload.id.encode()
    assert len(made) == 1


def test_exporters_do_not_share_habits() -> None:
    one, other = exporter(), exporter()
    with learning(one):
        encoded(sample("chat"), form)
    made.clear()
    prepare(sample("chat"), other)
    assert not made


def test_a_form_that_fails_is_left_to_the_exporter() -> None:
    mine = exporter()
    with pytest.raises(ValueError), learning(mine):
        encoded(sample("chat"), broken)
    prepare(sample("chat"), mine)


def test_an_exporter_with_forms_without_number_has_no_habit() -> None:
    mine = exporter()
    forms: list[Callable[[Payload], Any]] = [lambda payload: payload.id for _ in range(9)]
    with learning(mine):
        for each in forms:
            encoded(sample("chat"), each)
    payload = sample("chat")
    prepare(payload, mine)
    assert not getattr(payload, "_forms", None)


def test_the_dispatcher_prepares_what_the_last_batch_asked_for() -> None:
    with ScriptedEndpoint() as endpoint, Logger(
        plugins=[exporter()], environ={}, file=False, plugin={"habitual": {"url": endpoint.url}},
    ) as logger:  # fmt: skip
        for _ in range(2):
            made.clear()
            logger.log(sample("chat"))
            assert logger.flush(10).complete
        assert made == ["llmlog"]  # the thread of the dispatcher


def test_a_batch_that_is_full_in_bytes_goes_at_once() -> None:
    sent = threading.Event()

    class Sender:
        def send(self, batch: Sequence[Payload]) -> Delivered:
            sent.set()
            return Delivered()

        def close(self) -> None: ...

    limits = Limits(events=1000, bytes=1_000, age_s=300.0)
    lane = Lane(LaneParts(exporter="x", destination="d", limits=limits, open_sender=Sender))
    lane.put(Event(sample("chat"), 400))
    time.sleep(0.05)  # the lane's thread has seen the first one and waits
    assert not sent.is_set()
    lane.put(Event(sample("chat"), 400))
    lane.put(Event(sample("chat"), 400))
    assert sent.wait(30)
    lane.begin_close(0.0)
    lane.finish_close()
