"""New settings: what waited for them goes at once, once, and under the new rules."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

import llmlog
from llmlog import HTTPExporter, Limits, Request, Secret, default, env
from llmlog.logger import Logger
from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.records import Records

PROMPT_S = 10.0  # a paused lane waits for 15 s and longer


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")
    key: Secret = env("EXAMPLE_KEY", help="as whom")


exporter = HTTPExporter(
    name="example", settings=Settings, limits=Limits(events=5, age_s=0.01),
    encode=lambda settings, batch: Request.json(
        settings.url, [[p.request_model, p.input_value] for p in batch],
        headers={"x-key": settings.key.reveal()}),
)  # fmt: skip


def judge(request: Any) -> Answer:
    return Answer() if request.headers["x-key"] == "fake-new" else Answer(status=401)


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint(default=judge) as made:
        yield made


@pytest.fixture
def configure(endpoint: ScriptedEndpoint, tmp_path: Path) -> Iterator[Callable[..., Logger]]:
    """Return `llmlog.configure` with one exporter."""

    def make(key: str, **settings: Any) -> Logger:
        environ = {"EXAMPLE_URL": endpoint.url, "EXAMPLE_KEY": key}
        return llmlog.configure(**{"plugins": [exporter], "environ": environ, "file": False,
                                   "directory": tmp_path, **settings})  # fmt: skip

    yield make
    if default._default is not None:
        default._default.close(0)
        default._default = None


def log(*names: str) -> None:
    for name in names:
        with llmlog.call(model=name, input="text") as call:
            call.finish("x")


def delivered(endpoint: ScriptedEndpoint) -> list[str]:
    return sorted(name for request in endpoint.requests if request.headers["x-key"] == "fake-new"
                  for name, _ in request.json())  # fmt: skip


@pytest.mark.parametrize("mode", ["memory", "spool", "strict", "audit"])
def test_a_new_credential_resumes_a_paused_lane_at_once(
    mode: str, configure: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    former = configure("fake-old", mode=mode)
    log(*"abcdefgh")
    assert former.flush(0.5).pending == {"example": 8}
    began = time.monotonic()
    made = configure("fake-new", mode=mode)
    assert made.flush(PROMPT_S).complete
    assert time.monotonic() - began < PROMPT_S
    assert delivered(endpoint) == list("abcdefgh")
    assert all(stats.balanced for stats in (*former.stats(), *made.stats()))
    assert former.stats()[1].lost == made.stats()[1].lost == 0


def test_a_stricter_policy_holds_for_what_waited(
    configure: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    former = configure("fake-old")
    log("a")
    assert former.flush(0.3).pending
    endpoint.requests.clear()
    assert configure("fake-new", content="none").flush(PROMPT_S).complete
    ((_, text),) = endpoint.requests[0].json()
    assert text != "text"


def test_a_call_that_ends_after_the_change_is_recorded(
    configure: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    former = configure("fake-old")
    call = llmlog.start_call(model="late")
    made = configure("fake-new")
    call.finish("x")
    assert made.flush(PROMPT_S).complete
    assert delivered(endpoint) == ["late"]
    assert former.stats()[0].lost == 0


def test_an_exporter_that_is_no_longer_there_is_closed_as_ever(
    configure: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    former = configure("fake-new")
    log("a")
    configure("fake-new", plugins=[Records()])
    assert delivered(endpoint) == ["a"]
    assert former.stats()[1].delivered == 1


def test_load_during_many_changes_is_delivered_once(
    configure: Callable[..., Logger], endpoint: ScriptedEndpoint
) -> None:
    configure("fake-new")
    stopping, names = threading.Event(), []

    def load(number: int) -> None:
        while not stopping.wait(0.002):
            names.append(f"{number}-{len(names)}")
            log(names[-1])

    threads = [threading.Thread(target=load, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for number in range(10):
        configure("fake-old" if number % 2 else "fake-new")
        time.sleep(0.05)
    stopping.set()
    for thread in threads:
        thread.join()
    assert configure("fake-new").flush(60).complete
    assert sorted(delivered(endpoint)) == sorted(names)
