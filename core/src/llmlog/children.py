"""The end of children of `multiprocessing` and of Celery, which do not run `atexit`.

Nothing is imported here that the application has not imported itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def end_with_child(work: Callable[[], object]) -> None:
    """Do `work` at the end of this process and of those forked from it, if they are children."""
    _end_with_celery(work)
    process: Any = sys.modules.get("multiprocessing.process")
    util: Any = sys.modules.get("multiprocessing.util")
    if process is None or util is None:
        return
    if process.parent_process() is not None:
        _at_exit(work)
    else:  # a child forgets what was said before it was made
        util.register_after_fork(work, _at_exit)


def _at_exit(work: Callable[[], object]) -> None:
    util: Any = sys.modules["multiprocessing.util"]
    util.Finalize(None, work, exitpriority=0)


def _end_with_celery(work: Callable[[], object]) -> None:
    """Do `work` when Celery ends one of its processes, which then just stop."""
    signals: Any = sys.modules.get("celery.signals")
    if signals is not None:
        signals.worker_process_shutdown.connect(
            lambda **_: work(), weak=False, dispatch_uid="llmlog"
        )
