"""What LiteLLM calls when a call has ended."""

from __future__ import annotations

from collections import deque
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from llmlog import Logger, get_logger
from llmlog.bridging import ambient, current_span
from llmlog_litellm.event import Event, read_event
from llmlog_litellm.record import payloads

_REMEMBERED = 1000


class Callback(CustomLogger):
    """Makes a record of each call that LiteLLM tells of, successes and failures alike.

    `logger` is where records go; None means llmlog's default Logger, made at the first call.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        super().__init__()
        self._logger = logger
        self._known: dict[str, object] = {}
        self._order: deque[str] = deque()

    def log_success_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Record a call of the SDK that succeeded."""
        self._record(kwargs)

    def log_failure_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Record a call of the SDK that failed."""
        self._record(kwargs)

    async def async_log_success_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Record an async call that succeeded."""
        self._record(kwargs)

    async def async_log_failure_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Record an async call that failed."""
        self._record(kwargs)

    def _record(self, details: Any) -> None:
        standard = details.get("standard_logging_object")
        if standard is None:
            return
        event = read_event(standard, details, current_span.get(), ambient.get())
        if self._is_new(event):
            logger = self._logger or get_logger()
            for payload in payloads(event, logger.settings):
                logger.log(payload)

    def _is_new(self, event: Event) -> bool:
        """Say whether this is the first news of a call; some paths of LiteLLM tell twice."""
        mark = object()
        if self._known.setdefault(event.id, mark) is not mark:
            return False
        self._order.append(event.id)
        if len(self._order) > _REMEMBERED:
            self._known.pop(self._order.popleft(), None)
        return True


callback = Callback()
