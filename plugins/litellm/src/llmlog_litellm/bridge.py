"""What LiteLLM calls when a call has begun and ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve
from litellm.integrations.custom_logger import CustomLogger

from llmlog import Logger, Payload, get_logger
from llmlog.bridging import Expected, ambient, current_span, expect
from llmlog_litellm.event import Event, read_event
from llmlog_litellm.record import payloads
from llmlog_litellm.trying import ENDS_WITHIN_S, all_known, is_of, mark_of, patience_s

_REMEMBERED = 1000


class Callback(CustomLogger):
    """Makes a record of each call that LiteLLM tells of, successes and failures alike.

    `logger` is where records go; None means llmlog's default Logger, made at the first call. What
    failed is held until it is known whether another try follows, which then is of the same call.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        super().__init__()
        self._logger = logger
        self._known: dict[str, object] = {}
        self._sent: dict[str, Expected] = {}

    def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
        """Know that a try begins, which may be one more of a call that failed so far.

        What a client is asked for it, in this context, is part of the try.
        """
        holding = self._to().holding
        sent = expect(self._to(), lambda fields: is_of(fields, model, messages))
        _limited(self._sent)[str(kwargs.get("litellm_call_id"))] = sent
        holding.go_on(lambda tries: mark_of(kwargs).follows(tries), ENDS_WITHIN_S)

    def log_success_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Record a call of the SDK that succeeded."""
        self._succeeded(kwargs)

    def log_failure_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Note a try of the SDK that failed."""
        self._failed(kwargs)

    async def async_log_success_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Record an async call that succeeded."""
        self._succeeded(kwargs)

    async def async_log_failure_event(self, kwargs: Any, *_: Any, **__: Any) -> None:
        """Note an async try that failed."""
        self._failed(kwargs)

    async def async_post_call_failure_hook(self, request_data: Any, *_: Any, **__: Any) -> None:
        """Record a request to the proxy that has failed for good."""
        tries = self._to().holding.take(mark_of(request_data).follows)
        if tries:
            self._record((*tries[:-1], all_known(tries[-1], request_data)))

    def _to(self) -> Logger:
        return self._logger or get_logger()

    def _succeeded(self, details: Any) -> None:
        event = self._read(details)
        if event is not None:
            earlier = self._to().holding.take(mark_of(details).follows)
            self._record((*earlier, event))

    def _failed(self, details: Any) -> None:
        event = self._read(details)
        if event is None or event.id in self._known:
            return
        holding, number = self._to().holding, event.id
        if not holding.has(lambda tries: tries[-1].id == number):
            earlier = holding.take(mark_of(details).follows)
            seconds = patience_s(event, details)
            holding.hold((*earlier, event), self._record, seconds, self._payloads)

    def _record(self, tries: Sequence[Event]) -> None:
        if self._is_new(tries[-1]):
            for payload in self._payloads(tries):
                self._to().log(payload)

    def _payloads(self, tries: Sequence[Event]) -> Iterator[Payload]:
        *earlier, last = tries
        return payloads(evolve(last, earlier=tuple(earlier)), self._to().settings)

    def _is_new(self, event: Event) -> bool:
        """Say whether this is the first news of a call; some paths of LiteLLM tell twice."""
        mark = object()
        return _limited(self._known).setdefault(event.id, mark) is mark

    def _read(self, details: Any) -> Event | None:
        """Read what has ended, and expect no request for it any longer."""
        sent = self._sent.pop(str(details.get("litellm_call_id")), None)
        if sent is not None:
            sent.is_over = True
        standard = details.get("standard_logging_object")
        if standard is None:
            return None
        return read_event(standard, details, current_span.get(), ambient.get())


def _limited(known: dict[str, Any]) -> dict[str, Any]:
    while len(known) >= _REMEMBERED:
        known.pop(next(iter(known)), None)
    return known


callback = Callback()
