"""The least that can be done: a queue, and a thread that posts what it was given, as JSON.

It reads nothing, prices nothing, hides nothing, tries nothing again and loses what fails. What a
pipeline in Python does beside this comes on top; so much of a rate it can never exceed.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import Any

import httpx
import orjson
from case import Case

BATCH = 500
LARGEST = 20_971_520


class Subject:
    """A queue and its thread."""

    def __init__(self, url: str, bounds: bool = True) -> None:  # noqa: FBT001, FBT002, ARG002
        self._url = f"{url}/floor"
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def record(self, case: Case, mark: str) -> None:
        """Put a call on the queue."""
        self._queue.put((case, mark))

    def _run(self) -> None:
        with httpx.Client() as client:
            while True:
                item = self._queue.get()
                lines: list[bytes] = []
                size = 0
                while item is not None and not isinstance(item, threading.Event):
                    lines.append(_line(*item))
                    size += len(lines[-1])
                    if len(lines) >= BATCH or size >= LARGEST:
                        break
                    try:
                        item = self._queue.get_nowait()
                    except Empty:
                        break
                if lines:
                    client.post(self._url, content=b"\n".join(lines))
                if isinstance(item, threading.Event):
                    item.set()
                if item is None:
                    return

    def flush(self) -> None:
        """Wait until everything is sent."""
        done = threading.Event()
        self._queue.put(done)
        done.wait(600)

    def close(self) -> None:
        """End the thread."""
        self._queue.put(None)
        self._thread.join(10)


def _line(case: Case, mark: str) -> bytes:
    return orjson.dumps({"user": mark, "messages": case.messages, "response": case.response})
