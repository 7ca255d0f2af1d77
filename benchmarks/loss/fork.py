"""Row 7: 60 events are pending, the process forks, both flush; prints how many were sent twice.

python fork.py PEER URL
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

PENDING = 60


def with_llmlog(url: str) -> tuple[Callable[[str], None], Callable[[], object]]:
    """Return what logs a text and what flushes."""
    from attrs import frozen

    from llmlog import HTTPExporter, Limits, Request
    from llmlog.logger import Logger

    @frozen
    class Settings:
        """None."""

    exporter = HTTPExporter(
        name="sink", settings=Settings, limits=Limits(events=1000, age_s=30.0),
        encode=lambda _, batch: Request.json(url, [payload.request_model for payload in batch]),
    )  # fmt: skip
    logger = Logger(plugins=[exporter], environ={}, file=False)

    def log(text: str) -> None:
        with logger.call(model=text) as call:
            call.finish("ok")

    return log, lambda: logger.flush(10)


def with_sentry(url: str) -> tuple[Callable[[str], None], Callable[[], object]]:
    """Return what logs a text and what flushes."""
    import sentry_sdk

    sentry_sdk.init(dsn=f"{url.replace('//', '//fake-key@')}/1", default_integrations=False)
    return sentry_sdk.capture_message, lambda: sentry_sdk.flush(10)


def main() -> None:
    """Fork with events pending."""
    peer, url = sys.argv[1:]
    log, flush = {"llmlog": with_llmlog, "sentry": with_sentry}[peer](url)
    for number in range(PENDING):
        log(f"event-{number}.")
    child = os.fork()
    if not child:
        log(f"event-{PENDING}.")
    flush()
    time.sleep(0.5)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


main()
