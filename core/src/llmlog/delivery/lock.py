"""A lock on a file between the processes of one machine, gone with its holder however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


class FileLock:
    """A held lock; two in one process exclude each other as two processes do."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path, *, wait: bool = False) -> FileLock | None:
        """Lock a file, made if it is not there; None when another holds it and `wait` is false."""
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | NOFOLLOW, 0o600)
        if _locked(descriptor, wait=wait):
            return cls(descriptor)
        os.close(descriptor)
        return None

    def release(self) -> None:
        """Let the next one in; a forked child lets go of its copy alone."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for a lock and hold it for a block."""
    lock = FileLock.acquire(path, wait=True)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int, *, wait: bool) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _locked(descriptor: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
