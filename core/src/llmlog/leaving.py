"""The end of the process: llmlog goes before the clients that it sends through.

Exit hooks run last registered first. A client library that registers its own while connecting
would be gone before what waits is sent, so ours is registered again after each connection.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable

_work: Callable[[], object] | None = None


def at_exit(work: Callable[[], object]) -> None:
    """Do `work` at the exit; the only work there is."""
    global _work  # noqa: PLW0603  # a process has one end
    _work = work
    go_first()


def go_first() -> None:
    """Be the first at the exit, of all that is registered by now."""
    if _work is not None:
        atexit.unregister(_work)
        atexit.register(_work)
