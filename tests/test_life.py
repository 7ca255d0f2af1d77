"""Servers, workers, pools and notebooks, started and stopped as in production: nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from llmlog import serving
from llmlog.logger import Logger
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks and signals of POSIX")
PATIENCE_S = 60.0
COMMON = """
import os
from attrs import frozen
import llmlog
from llmlog import HTTPExporter, Limits, Request, env

@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")

exporter = HTTPExporter(name="example", settings=Settings, limits=Limits(events=100, age_s=30.0),
    encode=lambda settings, batch: Request.json(settings.url, [p.request_model for p in batch]))
logger = llmlog.configure(plugins=[exporter], file=False)

def log(name):
    with llmlog.call(model=name) as call:
        call.finish("x")
"""
ASGI = """
from program_common import *
from llmlog import serving

async def plain(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    log(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})

app = serving.asgi(plain)
"""
WSGI = """
from program_common import *
log("preloaded")

def app(environ, start_response):
    log(environ["PATH_INFO"])
    start_response("200 OK", [("content-length", "2")])
    return [b"ok"]
"""
CELERY = """
from program_common import *
from celery import Celery
folder = os.environ["QUEUE"]
app = Celery("program_celery", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": folder, "data_folder_out": folder,
                                     "control_folder": folder + "-control"}
app.conf.task_ignore_result = True

@app.task(name="note")
def note(name):
    log(name)
"""
POOL = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from program_common import *

if __name__ == "__main__":
    with ProcessPoolExecutor(2, max_tasks_per_child=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(log, map(str, range(6))))
"""


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder with the programs."""
    sources = {"common": COMMON, "asgi": ASGI, "wsgi": WSGI, "celery": CELERY, "pool": POOL}
    for name, source in sources.items():
        (tmp_path / f"program_{name}.py").write_text(source)
    return tmp_path


def arrived(endpoint: ScriptedEndpoint) -> Counter[str]:
    return Counter(name for request in endpoint.requests for name in request.json())


def environ(endpoint: ScriptedEndpoint, **more: str) -> dict[str, str]:
    return {**os.environ, "EXAMPLE_URL": endpoint.url, "LLMLOG_EXIT_TIMEOUT_S": "30", **more}


@contextmanager
def started(folder: Path, env: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of Python's until it has ended; it is killed if the block fails."""
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=folder, env=env,
                               stderr=subprocess.PIPE)  # fmt: skip
    try:
        yield process
        process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def eventually(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come true"
        time.sleep(0.05)


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def ask(port: int, *paths: str) -> None:
    """Request each path once the server is there."""

    def there() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/up", timeout=5):
            return True
        return False

    eventually(there)
    for path in paths:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as reply:
            assert reply.read() == b"ok"


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed")


@needs("uvicorn")
def test_uvicorn_sends_what_waits_before_sigterm_ends_it(
    programs: Path, endpoint: ScriptedEndpoint
) -> None:
    port = free_port()
    command = ("uvicorn", "program_asgi:app", "--port", str(port), "--log-level", "warning")
    with started(programs, environ(endpoint), *command) as server:
        ask(port, "/a", "/b")
        assert not endpoint.requests
        server.send_signal(signal.SIGTERM)
    assert {"/a", "/b"} <= set(arrived(endpoint))
    assert set(arrived(endpoint).values()) == {1}


@needs("gunicorn")
@pytest.mark.parametrize("preload", [True, False])
def test_gunicorn_workers_send_what_waits_once(
    preload: bool, programs: Path, endpoint: ScriptedEndpoint
) -> None:
    port = free_port()
    command = ("gunicorn", "program_wsgi:app", "-b", f"127.0.0.1:{port}", "-w", "2",
               "--log-level", "critical", *(["--preload"] if preload else []))  # fmt: skip
    with started(programs, environ(endpoint), *command) as server:
        ask(port, *(f"/{number}" for number in range(10)))
        server.send_signal(signal.SIGTERM)
    names = arrived(endpoint)
    assert {f"/{number}" for number in range(10)} <= set(names)
    assert {names[f"/{number}"] for number in range(10)} == {1}
    assert names["preloaded"] == (1 if preload else 2)


@needs("celery")
@pytest.mark.parametrize("recycling", [True, False])
def test_celery_processes_send_what_waits_before_they_end(
    recycling: bool, programs: Path, endpoint: ScriptedEndpoint
) -> None:
    queue = programs / "queue"
    for folder in (queue, programs / "queue-control"):
        folder.mkdir()
    env = environ(endpoint, QUEUE=str(queue))
    source = "from program_celery import note; [note.delay(str(n)) for n in range(6)]"
    subprocess.run([sys.executable, "-c", source], cwd=programs, env=env, check=True, timeout=60)
    more = ["--max-tasks-per-child", "1"] if recycling else []
    command = ("celery", "-A", "program_celery", "worker", "-P", "prefork", "-c", "2", "-l",
               "critical", "--without-gossip", "--without-mingle", *more)  # fmt: skip
    with started(programs, env, *command) as worker:
        eventually(lambda: not list(queue.glob("*.msg")))
        if recycling:
            eventually(lambda: len(arrived(endpoint)) == 6)
        worker.send_signal(signal.SIGTERM)
    assert arrived(endpoint) == Counter(map(str, range(6)))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="max_tasks_per_child is new in 3.11")
def test_a_pool_whose_processes_do_one_task_each_loses_nothing(
    programs: Path, endpoint: ScriptedEndpoint
) -> None:
    with started(programs, environ(endpoint), "program_pool"):
        pass
    assert arrived(endpoint) == Counter(map(str, range(6)))


@needs("ipykernel")
@needs("jupyter_client")
def test_a_notebooks_kernel_sends_what_waits_when_it_is_shut_down(
    programs: Path, endpoint: ScriptedEndpoint
) -> None:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(cwd=str(programs), env=environ(endpoint))
    try:
        reply = client.execute_interactive(
            "from program_common import *\nlog('cell')", timeout=PATIENCE_S, output_hook=lambda _: 0
        )
        assert reply["content"]["status"] == "ok", reply
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    eventually(lambda: arrived(endpoint) == {"cell": 1})


@pytest.fixture
def records() -> Iterator[tuple[Records, Logger]]:
    plugin = Records()
    with Logger(plugins=[plugin], environ={}, file=False) as logger:
        yield plugin, logger


@pytest.mark.parametrize("context", [
    SimpleNamespace(get_remaining_time_in_millis=lambda: 20_000), None
])  # fmt: skip
def test_a_lambda_function_sends_what_waits_before_it_is_frozen(
    context: Any, records: tuple[Records, Logger]
) -> None:
    plugin, logger = records

    def handle(event: str, context: Any) -> str:
        with logger.call(model=event) as call:
            call.finish("x")
        if event == "raises":
            raise ValueError(event)
        return event

    handle = serving.handler(handle, logger=logger)
    assert handle("a", context) == "a"
    assert [payload.request_model for payload in plugin._payloads] == ["a"]
    with pytest.raises(ValueError, match="raises"):
        handle("raises", context)
    assert len(plugin._payloads) == 2


def test_a_lambda_function_keeps_to_its_time() -> None:
    assert serving._time_left_s(SimpleNamespace(get_remaining_time_in_millis=lambda: 100), 2.0) == 0
    assert (
        serving._time_left_s(SimpleNamespace(get_remaining_time_in_millis=lambda: 1500), 2.0) == 1
    )
    assert serving._time_left_s(None, 2.0) == 2.0
    with pytest.raises(TypeError, match="plain functions"):

        @serving.handler
        async def handle(event: Any, context: Any) -> None:
            """Is none that AWS calls."""
