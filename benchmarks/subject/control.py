"""The controls: what a call would cost with the standard library alone, or with no logging."""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
from pathlib import Path

import orjson
from case import Case


class Queued:
    """`logging.info` through a `QueueHandler`; its listener writes to the null device."""

    def __init__(self) -> None:
        waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._file = Path(os.devnull).open("w")  # noqa: SIM115
        self._listener = logging.handlers.QueueListener(waiting, logging.StreamHandler(self._file))
        self._log = logging.Logger("benchmark", logging.INFO)  # noqa: LOG001  # no parent listens
        self._log.addHandler(logging.handlers.QueueHandler(waiting))
        self._listener.start()

    def record(self, case: Case, mark: str) -> None:
        """Log a line about the call."""
        self._log.info("call of %s for %s, %d messages", case.name, mark, len(case.messages))

    def close(self) -> None:
        """End the listener."""
        self._listener.stop()
        self._file.close()


def encode(case: Case) -> bytes:
    """Return the payload as JSON: what any recording of it has to do at least once."""
    return orjson.dumps({"messages": case.messages, "response": case.response})
