"""All Loggers of the process: at its end, and in its children after a fork."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from llmlog.children import end_with_child
from llmlog.guard import guarded
from llmlog.leaving import at_exit, go_first

if TYPE_CHECKING:
    from llmlog.logger import Logger

log = logging.getLogger("llmlog")
_live: set[Logger] = set()


def enrol(logger: Logger) -> None:
    """See to it that a Logger is closed with the process and begins anew in forked children."""
    _live.add(logger)
    go_first()
    end_with_child(_close_all)


def strike_off(logger: Logger) -> None:
    """Forget a Logger that is closed."""
    _live.discard(logger)


def _close_all() -> None:
    """Close every Logger at exit, all of them within one deadline."""
    loggers = list(_live)
    if not loggers:
        return
    end_s = time.monotonic() + max(logger.settings.exit_timeout_s for logger in loggers)
    for logger in loggers:
        guarded(logger.close, max(0.0, end_s - time.monotonic()), otherwise=lambda _: None)
        _say_what_was_lost(logger)


def _say_what_was_lost(logger: Logger) -> None:
    lost = [f"{stats.exporter} {reason}: {count}" for stats in logger.stats()
            for reason, count in stats.dropped.items()]  # fmt: skip
    if lost:
        log.warning("events lost: %s", ", ".join(lost))


def _reset_all() -> None:
    for logger in list(_live):
        logger.reset_in_child()
    if _live:
        end_with_child(_close_all)


at_exit(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
