"""Dead letters: rejected events on disk, with their reason, for people and `llmlog dead`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import field, frozen

from llmlog.delivery.lock import NOFOLLOW, exclusive
from llmlog.encoding import dumps, loads
from llmlog.message import JSON
from llmlog.payload import Payload
from llmlog.schema import from_dict, to_dict

MAX_BYTES = 100 * 1024 * 1024


@frozen(kw_only=True)
class Letter:
    """A dead letter as it is on disk; `line` tells it from any other."""

    exporter: str
    destination: str
    reason: str
    at_unix_ns: int
    record: dict[str, JSON] = field(repr=False)
    line: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Return the id of the record."""
        return str(self.record.get("id"))

    def payload(self) -> Payload:
        """Return the record; raise as `from_dict` does."""
        return from_dict(self.record)


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
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self._directory / "lock"):
                return _append(self._directory / f"{exporter}.jsonl", line)
        except OSError:
            return False

    def read(self) -> Iterator[Letter]:
        """Yield every letter, exporter by exporter, oldest first; lines cut short are left out."""
        for path in sorted(self._directory.glob("*.jsonl")):
            with path.open("rb") as lines:
                for line in lines:
                    if (letter := _letter(line)) is not None:
                        yield letter

    def remove(self, letters: Iterable[Letter]) -> int:
        """Remove letters; return how many. What is written meanwhile stays."""
        gone: dict[str, set[bytes]] = {}
        for letter in letters:
            gone.setdefault(letter.exporter, set()).add(letter.line)
        if not gone:
            return 0
        with exclusive(self._directory / "lock"):
            return sum(
                _rewrite(self._directory / f"{exporter}.jsonl", lines.__contains__)
                for exporter, lines in gone.items()
            )


def _letter(line: bytes) -> Letter | None:
    try:
        value: Any = loads(line)
        record = value.pop("payload")
        return Letter(**value, record=record, line=line)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _append(path: Path, line: bytes) -> bool:
    file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | NOFOLLOW, 0o600)
    try:
        if os.fstat(file).st_size + len(line) > MAX_BYTES:
            return False
        return os.write(file, line) == len(line)
    finally:
        os.close(file)


def _rewrite(path: Path, gone: Callable[[bytes], bool]) -> int:
    """Write a file anew without some lines; return how many there were."""
    if not path.exists():
        return 0
    beside = path.with_suffix(".new")
    file = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | NOFOLLOW, 0o600)
    count = 0
    with os.fdopen(file, "wb") as target, path.open("rb") as lines:
        for line in lines:
            if gone(line):
                count += 1
            else:
                target.write(line)
    beside.replace(path)
    return count
