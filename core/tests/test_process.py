"""Import, fork and exit, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from llmlog.testing import Answer, ScriptedEndpoint

PREAMBLE = """
import os, sys
from attrs import frozen
from llmlog import HTTPExporter, Limits, Request, env
from llmlog.logger import Logger

@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")

exporter = HTTPExporter(name="example", settings=Settings, limits=Limits(events=10, age_s=5.0),
    encode=lambda settings, batch: Request.json(settings.url, [p.request_model for p in batch]))
logger = Logger(plugins=[exporter], file=False)

def log(name):
    with logger.call(model=name) as call:
        call.finish("x")
"""


def run(
    source: str, url: str = "", preamble: str = PREAMBLE, exit_timeout_s: float = 30
) -> tuple[str, str]:
    """Run a program to its end; return what it printed to both streams.

    The time for the exit is generous, for busy machines, unless a test is about it.
    """
    done = subprocess.run(
        [sys.executable, "-c", preamble + textwrap.dedent(source)],
        env={**os.environ, "EXAMPLE_URL": url, "LLMLOG_EXIT_TIMEOUT_S": str(exit_timeout_s)}, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    return done.stdout, done.stderr


def arrived(endpoint: ScriptedEndpoint) -> list[str]:
    return sorted(name for request in endpoint.requests for name in request.json())


def test_import_loads_nothing_and_touches_nothing(tmp_path: Path) -> None:
    out, _ = run(
        """
        import sys, threading, socket, builtins
        events = []
        sys.addaudithook(lambda name, args: events.append(name)
                         if name.startswith("socket.") else None)
        before = set(sys.modules)
        import llmlog
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        foreign = {name for name in new - {"llmlog"} if name not in sys.stdlib_module_names}
        print(foreign, threading.active_count(), events)
        """,
        preamble="",
    )
    assert out.strip() == "set() 1 []"


def test_a_program_that_just_ends_loses_nothing() -> None:
    with ScriptedEndpoint() as endpoint:
        _, err = run("for number in range(25): log(str(number))", endpoint.url)
        assert arrived(endpoint) == sorted(map(str, range(25)))
    assert err == ""


@pytest.mark.parametrize("ending", ["sys.exit(0)", "raise SystemExit(0)",
                                    "import asyncio; asyncio.run(asyncio.sleep(0))"])  # fmt: skip
def test_other_ends_lose_nothing_either(ending: str) -> None:
    with ScriptedEndpoint() as endpoint:
        run(f"log('a')\n{ending}", endpoint.url)
        assert arrived(endpoint) == ["a"]


def test_exit_keeps_its_deadline_and_says_what_was_lost() -> None:
    with ScriptedEndpoint(default=Answer(status=503)) as endpoint:
        began = time.monotonic()
        _, err = run("for number in range(3): log(str(number))", endpoint.url, exit_timeout_s=2)
        took = time.monotonic() - began
    assert "events lost: example shutdown: 3" in err
    assert took < 30


def test_exit_does_not_wait_for_a_backend_that_never_answers() -> None:
    with ScriptedEndpoint(default=Answer(delay_s=60)) as endpoint:
        began = time.monotonic()
        run("log('a')", endpoint.url, exit_timeout_s=2)
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("mode", ["memory", "spool", "strict"])
def test_sending_imports_nothing_for_a_fork_would_inherit_it_half_done(
    mode: str, tmp_path: Path
) -> None:
    later = Answer(status=503, headers={"retry-after": "0"})
    answers = [later, Answer(status=400), Answer(status=429)]
    source = """
    before = set(sys.modules)
    for number in range(3): log(str(number))
    logger.flush(10)
    print(sorted(set(sys.modules) - before))
    """
    options = f"file=False, mode={mode!r}, directory={str(tmp_path)!r}"
    preamble = PREAMBLE.replace("file=False", options)
    with ScriptedEndpoint(*answers) as endpoint:
        out, _ = run(source, endpoint.url, preamble)
        assert len(endpoint.requests) > len(answers)
    assert out.strip() == "[]"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_starts_empty_and_works() -> None:
    source = """
    for number in range(5): log(f"parent-{number}")
    child = os.fork()
    if child == 0:
        log("child")
        report = logger.flush(5)
        print("child", logger.stats()[1].accepted, report.complete, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    """
    with ScriptedEndpoint() as endpoint:
        out, _ = run(source, endpoint.url)
        assert arrived(endpoint) == ["child", *(f"parent-{number}" for number in range(5))]
    assert out.strip() == "child 1 True"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_ids_of_a_forked_child_are_its_own() -> None:
    source = """
    from llmlog.identity import new_id
    child = os.fork()
    if child: os.waitpid(child, 0)
    print(new_id(0), flush=True)
    if not child: os._exit(0)
    """
    out, _ = run(source, preamble=PREAMBLE.replace("logger = Logger", "pass  # "))
    first, second = out.split()
    assert first != second


def test_a_multiprocessing_child_delivers(tmp_path: Path) -> None:
    source = """
    import multiprocessing
    def work():
        log("child")
        logger.flush(5)
    if __name__ == "__main__":
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        process.join()
        assert process.exitcode == 0
    """
    with ScriptedEndpoint() as endpoint:
        run(source, endpoint.url)
        assert arrived(endpoint) == ["child"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_multiprocessing_child_that_just_ends_loses_nothing(method: str, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this platform")
    program = tmp_path / "program.py"
    program.write_text(
        PREAMBLE
        + textwrap.dedent(f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            process = context.Process(target=log, args=("child",))
            process.start()
            process.join()
            assert process.exitcode == 0
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                list(pool.map(log, map(str, range(6))))
        """)
    )
    with ScriptedEndpoint() as endpoint:
        subprocess.run([sys.executable, str(program)], check=True, timeout=60,
                       env={**os.environ, "EXAMPLE_URL": endpoint.url})  # fmt: skip
        assert arrived(endpoint) == sorted(["child", *map(str, range(6))])


def test_what_waits_is_sent_before_a_client_library_says_goodbye() -> None:
    source = """
    import atexit
    from llmlog import ClientExporter

    open_ = []

    def connect(settings):
        open_.append(True)
        atexit.register(open_.clear)
        return open_

    def send(client, settings, batch):
        print("sent" if client else "too late", [p.request_model for p in batch], flush=True)

    client = ClientExporter(name="client", settings=Settings, connect=connect, send=send,
                            limits=Limits(events=10, age_s=60.0))
    logger = Logger(plugins=[client], file=False)
    log("first")
    logger.flush(10)
    log("last")
    """
    out, _ = run(source, url="http://127.0.0.1:1")
    assert out.splitlines() == ["sent ['first']", "sent ['last']"]
