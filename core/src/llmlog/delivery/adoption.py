"""Finding the spool files that dead processes left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from llmlog.delivery.complaint import Complaints
from llmlog.delivery.lock import FileLock
from llmlog.delivery.spool_file import SUFFIX, SpoolFile, lock_of, remove_file, set_aside
from llmlog.guard import describe


def orphans(folder: Path, complaints: Complaints) -> Iterator[Callable[[], SpoolFile]]:
    """Yield each file in which something is owed and that no process holds, open.

    A damaged file is put aside. A file in which nothing is owed is removed.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        lock = _claim(path)
        if lock is None:
            continue
        try:
            file = _opened(path, lock)
        except sqlite3.OperationalError as problem:
            complaints.say(f"cannot adopt {path.name}: {describe(problem)}")
            lock.release()
        except sqlite3.Error as problem:
            complaints.say(f"damaged {path.name}: {describe(problem)}; kept at {set_aside(path)}")
            lock.release()
        else:
            if file is not None:
                yield partial(_same, file)


def _opened(path: Path, lock: FileLock) -> SpoolFile | None:
    """Open a file; None when nothing is owed in it, and it is gone then."""
    file = SpoolFile(path, lock)
    try:
        owed = file.counts()
    except sqlite3.Error:
        file.let_go()
        raise
    if owed:
        return file
    file.close(remove=True)
    return None


def _claim(path: Path) -> FileLock | None:
    """Lock a file of our own kind; None when another process has it, or it is none."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        lock = FileLock.acquire(lock_of(path))
    except OSError:
        return None
    if lock is not None and not path.exists():  # its owner has just removed it
        remove_file(path)
        lock.release()
        return None
    return lock


def _same(file: SpoolFile) -> SpoolFile:
    return file
