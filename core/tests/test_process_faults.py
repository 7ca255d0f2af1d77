"""What befalls a process: signals, threads that die, nothing left to open, nowhere to write."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

import llmlog
from llmlog import ClientExporter, Limits
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.testing import Answer, ScriptedEndpoint, sample
from llmlog.testing.records import Records

Make = Callable[..., Logger]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
PREAMBLE = """
import os, signal, sys, time
from attrs import frozen
from llmlog import HTTPExporter, Limits, Request, env
from llmlog.logger import Logger

@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")

exporter = HTTPExporter(name="example", settings=Settings, limits=Limits(events=10, age_s=5.0),
    encode=lambda settings, batch: Request.json(settings.url, [p.request_model for p in batch]))
logger = Logger(plugins=[exporter], file=False)

def log(*names):
    for name in names:
        with logger.call(model=name) as call:
            call.finish("x")
"""


def start(source: str, url: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(source)], text=True,
        env={**os.environ, "EXAMPLE_URL": url, "LLMLOG_EXIT_TIMEOUT_S": "30", **environ},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def arrived(endpoint: ScriptedEndpoint) -> list[str]:
    return sorted(name for request in endpoint.requests for name in request.json())


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


ENDS = {
    "SIGINT": "os.kill(os.getpid(), signal.SIGINT); time.sleep(30)",
    "SIGTERM with a handler": "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0));"
                              " os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)",
    "SIGHUP with a handler": "signal.signal(signal.SIGHUP, lambda *_: sys.exit(0));"
                             " os.kill(os.getpid(), signal.SIGHUP); time.sleep(30)",
    "SIGTERM while flushing": "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0));"
                              " signal.setitimer(signal.ITIMER_REAL, 0.2);"
                              " signal.signal(signal.SIGALRM, lambda *_:"
                              " os.kill(os.getpid(), signal.SIGTERM)); logger.flush(30)",
    "an exception": "raise ValueError('the end')",
}  # fmt: skip


@POSIX
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_process_that_may_say_goodbye_loses_nothing(end: str, endpoint: ScriptedEndpoint) -> None:
    if "flush" in end:
        endpoint.script(Answer(delay_s=1.0))
    finished(start(f"log('a', 'b', 'c')\n{end}", endpoint.url))
    assert set(arrived(endpoint)) == set("abc")


@POSIX
@pytest.mark.parametrize("count", [1, 2])
def test_sigterm_without_a_handler_leaves_what_is_on_disk_to_the_next_process(
    count: int, endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    endpoint.default = Answer(status=503)
    mode = {"LLMLOG_MODE": "strict", "LLMLOG_DIRECTORY": str(tmp_path)}
    kills = "os.kill(os.getpid(), signal.SIGTERM); " * count
    status, _, _ = finished(start(f"log('a', 'b')\n{kills}time.sleep(30)", endpoint.url, **mode))
    assert status == -signal.SIGTERM
    endpoint.default = Answer()
    endpoint.requests.clear()
    finished(start("logger.adopt(); logger.flush(30)", endpoint.url, **mode))
    assert arrived(endpoint) == ["a", "b"]


@POSIX
def test_a_process_that_was_stopped_goes_on(endpoint: ScriptedEndpoint) -> None:
    source = """
    for number in range(100):
        log(str(number))
        if number == 10: print("on the way", flush=True)
        time.sleep(0.005)
    """
    process = start(source, endpoint.url)
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    process.send_signal(signal.SIGCONT)
    assert finished(process)[0] == 0
    assert arrived(endpoint) == sorted(map(str, range(100)))


@POSIX
@pytest.mark.parametrize("mode", ["memory", "strict"])
def test_alarms_of_the_application_interrupt_nothing(
    mode: str, endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    source = """
    count = 0
    def alarm(*_):
        global count
        count += 1
        if count == 50: signal.setitimer(signal.ITIMER_REAL, 0)  # a busy machine gets no further
        log("alarm")
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    end_s = time.monotonic() + 30
    number = 0
    while count < 50 and time.monotonic() < end_s:
        log("plain")
        number += 1
        if number % 20 == 0: time.sleep(0.001)  # no faster than a queue can take it
    print(number, count)
    """
    status, out, err = finished(start(source, endpoint.url, LLMLOG_MODE=mode,
                                      LLMLOG_DIRECTORY=str(tmp_path)))  # fmt: skip
    assert status == 0, err
    plain, alarms = map(int, out.split())
    names = arrived(endpoint)
    assert (names.count("plain"), names.count("alarm")) == (plain, alarms)
    assert alarms >= 50


@POSIX
def test_descriptors_are_not_inherited_by_another_program(
    endpoint: ScriptedEndpoint, tmp_path: Path
) -> None:
    source = """
    log("a"); logger.flush(30)
    program = "import os; print(sorted(os.readlink(f'/proc/self/fd/{n}') for n in" \\
              " os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')))"
    os.execv(sys.executable, [sys.executable, "-c", program])
    """
    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc here")
    _, out, _ = finished(start(source, endpoint.url, LLMLOG_MODE="spool",
                               LLMLOG_DIRECTORY=str(tmp_path)))  # fmt: skip
    assert "socket:" not in out
    assert str(tmp_path) not in out


@POSIX
def test_no_descriptors_left_is_an_outage_like_any_other(endpoint: ScriptedEndpoint) -> None:
    source = """
    import resource
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, hard))
    log(*map(str, range(10)))
    assert not logger.flush(1).complete
    assert logger.stats()[1].retried
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    assert logger.flush(60).complete
    """
    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc here")
    status, _, err = finished(start(source, endpoint.url))
    assert status == 0, err
    assert len(arrived(endpoint)) == 10


def test_no_home_and_no_folder_for_temporary_files_are_needed(endpoint: ScriptedEndpoint) -> None:
    process = subprocess.run(
        [sys.executable, "-c", PREAMBLE + "log('a')"], check=True, timeout=60,
        env={"EXAMPLE_URL": endpoint.url, "TMPDIR": "/nonexistent", "HOME": "/nonexistent",
             "PATH": os.environ["PATH"]}, cwd="/",
    )  # fmt: skip
    assert process.returncode == 0
    assert arrived(endpoint) == ["a"]


@frozen
class Nothing:
    """Settings of an exporter that has none."""


def taker(send: Callable[[Sequence[Payload]], object], events: int = 5) -> Any:
    return ClientExporter(name="x", settings=Nothing, connect=bool,
                          limits=Limits(events=events, age_s=0.01),
                          send=lambda _, __, batch: send(batch))  # fmt: skip


def raise_in(name: str, kind: type[BaseException]) -> None:
    """Have a thread raise at its next step."""
    ident = next(thread.ident for thread in threading.enumerate() if thread.name == name)
    assert ident
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(kind))


@pytest.mark.parametrize("thread", ["llmlog", "llmlog-x"])
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, MemoryError])
def test_a_thread_that_is_made_to_raise_goes_on(
    thread: str, kind: type[BaseException], make_logger: Make
) -> None:
    taken: list[str] = []
    logger = make_logger(taker(lambda batch: taken.extend(each.id for each in batch)))
    for number in range(60):
        logger.log(evolve(sample("bare"), id=str(number)))
        if number == 5:
            assert logger.flush(20).complete
        if number % 10 == 9:
            raise_in(thread, kind)
    end_s = time.monotonic() + 60
    while not logger.flush(1).complete:
        assert time.monotonic() < end_s, logger.stats()
    stats = logger.stats()
    lost = sum(each.lost for each in stats)
    assert all(each.balanced for each in stats)
    assert len(set(taken)) + lost >= 60
    assert lost <= 6  # what a thread had in hand, counted


def test_threads_that_cannot_start_are_started_later(
    make_logger: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    logger = make_logger(taker(lambda batch: taken.extend(each.id for each in batch)))

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as context:
        context.setattr(threading.Thread, "start", refuse)
        logger.log(evolve(sample("bare"), id="first"))
    logger.log(evolve(sample("bare"), id="second"))
    assert logger.flush(20).complete
    assert taken == ["first", "second"]


def test_little_stack_left_harms_no_one(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records)

    def deeper(calls: list[Any]) -> None:
        try:
            deeper(calls)
        except RecursionError:
            if not calls:
                calls.append(logger.start_call(model="deep"))
                calls[0].finish("x")
            raise

    with pytest.raises(RecursionError):
        deeper([])
    logger.log(sample())
    assert logger.flush(20).complete
    assert sample().id in {payload.id for payload in records.all()}
    assert all(stats.balanced for stats in logger.stats())


def test_flushing_and_logging_from_within_an_exporter_stop_nothing(make_logger: Make) -> None:
    taken: list[str] = []

    def send(batch: Sequence[Payload]) -> None:
        taken.extend(each.id for each in batch)
        logger.flush(0.1)
        if len(taken) < 5:
            logger.log(evolve(sample("bare"), id=f"within-{len(taken)}"))

    logger = make_logger(taker(send, events=1))
    logger.log(evolve(sample("bare"), id="first"))
    end_s = time.monotonic() + 30
    while len(taken) < 5:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    assert logger.flush(20).complete


class Recording(logging.Handler):
    """A handler of the application's that makes a record of each line, or raises."""

    def __init__(self, logger: Logger, *, raising: bool) -> None:
        super().__init__()
        self.logger, self.raising, self.seen = logger, raising, 0

    def emit(self, record: logging.LogRecord) -> None:
        self.seen += 1
        if self.raising:
            raise SystemExit
        if self.seen < 20:
            self.logger.log(evolve(sample("bare"), id=f"line-{self.seen}"))


@pytest.mark.parametrize("raising", [True, False])
def test_a_log_handler_that_raises_or_logs_again_ends_nothing(
    raising: bool, make_logger: Make
) -> None:
    class Faulty:
        name = "faulty"

        @llmlog.hookimpl
        def log_success(self, payload: Payload) -> None:
            raise ValueError(payload.id)

    records = Records()
    logger = make_logger(records, Faulty())
    handler = Recording(logger, raising=raising)
    logging.getLogger("llmlog").addHandler(handler)
    try:
        for number in range(10):
            logger.log(evolve(sample("bare"), id=str(number)))
        end_s = time.monotonic() + 60
        while not logger.flush(1).complete:  # the handler logs while others are flushed
            assert time.monotonic() < end_s, logger.stats()
    finally:
        logging.getLogger("llmlog").removeHandler(handler)
    assert handler.seen
    assert {str(number) for number in range(10)} <= {payload.id for payload in records.all()}
    assert all(stats.balanced for stats in logger.stats())


def test_event_loops_that_come_and_go_are_no_matter(endpoint: ScriptedEndpoint) -> None:
    source = """
    import asyncio, threading
    async def work(name):
        async with logger.call(model=name) as call:
            await asyncio.sleep(0)
            call.finish("x")
    for number in range(5): asyncio.run(work(f"run-{number}"))
    threads = [threading.Thread(target=lambda n=n: asyncio.run(work(f"thread-{n}"))) for n in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    """
    assert finished(start(source, endpoint.url))[0] == 0
    assert len(arrived(endpoint)) == 8
