"""Several Loggers in a process, several processes, forks."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from llmlog import Logger, SettingsError
from llmlog.testing.samples import sample

Make = Callable[..., Logger]
Parse = Callable[[str], dict[str, float]]
WORKER = Path(__file__).parent / "prometheus_worker.py"
CALLS = 'llmlog_calls_total{environment="production",kind="chat",model="gpt-4o-mini",provider="openai",service="shop",status="success"}'
ACCEPTED = 'llmlog_delivery_events_total{exporter="prometheus",state="accepted"}'
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def read(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        return str(page.read().decode())


class Worker:
    """A real process that counts on command."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert self._answer() == "ready"

    def say(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def working(port: int, folder: Path | None = None) -> Iterator[Worker]:
    environ = {name: value for name, value in os.environ.items()
               if name.upper() != "PROMETHEUS_MULTIPROC_DIR"}  # fmt: skip
    if folder is not None:
        environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    command = [sys.executable, str(WORKER), str(port)]
    with subprocess.Popen(command, env=environ, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:  # fmt: skip
        try:
            yield Worker(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


class TestOneProcess:
    def test_loggers_with_one_port_are_added_up(
        self, make_logger: Make, free_port: int, numbers: Parse
    ) -> None:
        first, second = make_logger(port=free_port), make_logger(port=free_port)
        first.log(evolve(sample(), id="first"))
        second.log(evolve(sample(), id="second"))
        assert first.flush(10).complete
        assert second.flush(10).complete
        assert numbers(read(free_port))[CALLS] == 2

    def test_a_logger_that_is_made_anew_keeps_port_and_numbers(
        self, make_logger: Make, free_port: int, numbers: Parse
    ) -> None:
        former = make_logger(port=free_port)
        former.log(evolve(sample(), id="former"))
        assert former.flush(10).complete
        newer = make_logger(port=free_port)
        former.close()
        newer.log(evolve(sample(), id="newer"))
        assert newer.flush(10).complete
        assert numbers(read(free_port))[CALLS] == 2

    def test_closing_twice_is_closing_once(
        self, make_logger: Make, free_port: int, numbers: Parse
    ) -> None:
        former, newer = make_logger(port=free_port), make_logger(port=free_port)
        former.close()
        former.close()
        newer.log(sample())
        assert newer.flush(10).complete
        assert numbers(read(free_port))[CALLS] == 1

    def test_loggers_with_other_labels_are_refused(self, make_logger: Make) -> None:
        make_logger(labels=["model"])
        with pytest.raises(SettingsError, match="has the labels model"):
            make_logger(labels=["provider"])

    def test_numbers_start_anew_when_all_have_ended(
        self, make_logger: Make, show: Callable[[], str], numbers: Parse
    ) -> None:
        make_logger(labels=["model"]).close()
        make_logger(labels=["provider"]).log(sample())
        assert 'model="' not in show()


class TestSeveralProcesses:
    def test_a_port_that_another_process_has_is_refused_with_a_remedy(
        self, make_logger: Make, free_port: int
    ) -> None:
        with working(free_port), pytest.raises(SettingsError, match="PROMETHEUS_MULTIPROC_DIR"):
            make_logger(port=free_port)

    def test_with_a_folder_they_are_added_up_at_one_port(
        self, free_port: int, tmp_path: Path, numbers: Parse
    ) -> None:
        with working(free_port, tmp_path) as first, working(free_port, tmp_path) as second:
            first.say("count 3")
            second.say("count 4")
            first.say("close")  # it had the port, and its numbers stay
            second.say("take")
            shown = numbers(read(free_port))
            assert shown[CALLS] == 7
            assert shown["llmlog_duplicate_records_total{}"] == 0
            second.say("close")

    def test_delivery_is_added_up_too(self, free_port: int, tmp_path: Path, numbers: Parse) -> None:
        with ExitStack() as stack:
            first, second, reader = (stack.enter_context(working(port, tmp_path))
                                     for port in (0, 0, free_port))  # fmt: skip
            first.say("count 3")
            second.say("count 4")
            first.say("close")
            second.say("close")
            shown = numbers(read(free_port))
            assert shown[ACCEPTED] == 7
            assert shown[ACCEPTED.replace("accepted", "delivered")] == 7
            reader.say("close")

    def test_loggers_of_one_process_do_not_overwrite_each_other(
        self, free_port: int, tmp_path: Path, numbers: Parse
    ) -> None:
        with working(free_port, tmp_path) as worker:
            worker.say("count 3")
            worker.say("take")
            worker.say("count 4")
            shown = numbers(read(free_port))
            assert shown[CALLS] == 7

    def test_an_app_needs_no_logger_of_its_own(self, tmp_path: Path, numbers: Parse) -> None:
        with working(0, tmp_path) as worker:
            worker.say("count 3")
        program = ("import prometheus_client, llmlog_prometheus as plugin;"
                   "registry = prometheus_client.CollectorRegistry();"
                   "registry.register(plugin.Scrape());"
                   "print(prometheus_client.generate_latest(registry).decode())")  # fmt: skip
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        done = subprocess.run([sys.executable, "-c", program], env=environ, check=True,
                              capture_output=True, text=True, timeout=30)  # fmt: skip
        assert numbers(done.stdout)[CALLS] == 3


@forks
class TestFork:
    def test_a_child_is_told_that_nobody_sees_its_numbers(self, free_port: int) -> None:
        with working(free_port) as parent:
            assert "PROMETHEUS_MULTIPROC_DIR" in parent.say("fork")

    def test_a_child_does_not_hold_its_parents_port(self, free_port: int, numbers: Parse) -> None:
        with working(free_port) as parent:
            parent.say("fork")
            parent.say("close")
            with working(free_port) as another:
                another.say("count 2")
                assert numbers(read(free_port))[CALLS] == 2

    def test_with_a_folder_a_child_is_counted_once(
        self, free_port: int, tmp_path: Path, numbers: Parse
    ) -> None:
        with working(free_port, tmp_path) as parent:
            parent.say("count 3")
            assert parent.say("fork") == "fine"
            parent.say("count 4")
            assert numbers(read(free_port))[CALLS] == 12
