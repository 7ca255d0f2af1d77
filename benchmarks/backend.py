"""The sink's process, as seen from the one that measures."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from attrs import frozen

SINK = Path(__file__).with_name("sink.py")


@frozen
class Backend:
    """A running sink."""

    url: str

    def _ask(self, command: str) -> dict[str, Any]:
        with urlopen(Request(f"{self.url}/-/{command}", method="POST"), timeout=60) as reply:
            answer: dict[str, Any] = json.loads(reply.read())
        return answer

    def mode(self, name: str) -> None:
        """Answer at once (`good`), after a second (`slow`), never (`hang`), with 503 (`fail`)."""
        self._ask(f"mode/{name}")

    def reset(self) -> None:
        """Forget everything."""
        self._ask("reset")

    def arrived(self) -> dict[str, Any]:
        """Return the number of distinct events, of requests and of bytes."""
        return self._ask("count")

    def wait_for(self, events: int, seconds: float) -> int:
        """Wait until so many events have arrived, or nothing more comes; return how many did."""
        end_s, before = time.monotonic() + seconds, -1
        while (count := self.arrived()["events"]) < events and time.monotonic() < end_s:
            if count == before:
                break
            before = count
            time.sleep(0.5)
        return int(count)


@contextmanager
def running() -> Iterator[Backend]:
    """Start a sink, and end it afterwards."""
    process = subprocess.Popen([sys.executable, str(SINK)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Backend(f"http://127.0.0.1:{process.stdout.readline().strip()}")
    finally:
        process.stdin.close()
        process.wait(10)
