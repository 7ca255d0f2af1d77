"""JSON lines, appended; a file that would grow too large is put aside first.

One lock file for each path lets one process at a time write and rotate. A line that a killed
process left half written is ended before the next, so that no record is glued to it.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from llmlog import Payload
from llmlog.schema import to_json
from llmlog_file.settings import Settings


def append(settings: Settings, batch: Sequence[Payload]) -> None:
    """Write a line for each call into the file of its time."""
    found: dict[Path, list[bytes]] = {}
    for payload in batch:
        found.setdefault(settings.path_of(payload), []).append(to_json(payload) + b"\n")
    for path, lines in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            for content in _portions(settings, path, lines):
                _write(path, content)


def _portions(settings: Settings, path: Path, lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield what goes into one file at once, and rotate between; a line is never divided."""
    most, content = settings.max_bytes, b""
    size = path.stat().st_size if path.exists() else 0
    for line in lines:
        if most is not None and size and size + len(line) > most:
            if content:
                yield content
            _rotate(settings, path)
            size, content = 0, b""
        size, content = size + len(line), content + line
    yield content


def _write(path: Path, content: bytes) -> None:
    with path.open("a+b", buffering=0) as file:
        if file.seek(0, 2):
            file.seek(-1, 2)
            content = content if file.read(1) == b"\n" else b"\n" + content
        file.write(content)


def _rotate(settings: Settings, path: Path) -> None:
    """Put a file aside as the next number, and forget the oldest that are too many."""
    numbers = sorted(_numbers(path))
    target = path.with_name(f"{path.name}.{(numbers[-1] if numbers else 0) + 1}")
    path.rename(target)
    if settings.gzip:
        _pack(target)
    if settings.keep is not None:
        for number in [*numbers, int(target.name.rpartition(".")[2])][: -settings.keep]:
            for old in path.parent.glob(f"{path.name}.{number}*"):
                if old.name in (f"{path.name}.{number}", f"{path.name}.{number}.gz"):
                    old.unlink()


def _numbers(path: Path) -> set[int]:
    names = (each.name.removeprefix(f"{path.name}.").removesuffix(".gz")
             for each in path.parent.glob(f"{path.name}.*"))  # fmt: skip
    return {int(name) for name in names if name.isdecimal()}


def _pack(path: Path) -> None:
    """Compress a file; the plain one goes when the other is whole."""
    part = path.with_name(f"{path.name}.part")
    with path.open("rb") as plain, gzip.open(part, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    part.rename(path.with_name(f"{path.name}.gz"))
    path.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a path; where the system has none, one process has to do."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with path.with_name(f".{path.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
