"""Dead letters: rejected events on disk, with their reason, for people and `llmlog replay`."""

from __future__ import annotations

import os
from pathlib import Path

from llmlog.encoding import dumps
from llmlog.payload import Payload
from llmlog.schema import to_dict

MAX_BYTES = 100 * 1024 * 1024


class DeadLetters:
    """A file of JSON lines per exporter, readable by its owner only, at most 100 MiB."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "dead"

    def keep(self, exporter: str, destination: str, payload: Payload, reason: str,
             now_unix_ns: int) -> bool:  # fmt: skip
        """Write one event; say whether it is on disk. A full or broken disk is a `False`."""
        line = dumps({
            "exporter": exporter, "destination": destination, "reason": reason,
            "at_unix_ns": now_unix_ns, "payload": to_dict(payload),
        }) + b"\n"  # fmt: skip
        try:
            return self._append(self._directory / f"{exporter}.jsonl", line)
        except OSError:
            return False

    def _append(self, path: Path, line: bytes) -> bool:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(path, flags, 0o600)
        try:
            if os.fstat(file).st_size + len(line) > MAX_BYTES:
                return False
            return os.write(file, line) == len(line)
        finally:
            os.close(file)
