"""Listening to botocore's events of one client, or of every client."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from llmlog import Call, PluginError
from llmlog.guard import guarded
from llmlog.overlap import begin, is_asked
from llmlog.tapping.everywhere import Everywhere
from llmlog_bedrock.answer import answered, note
from llmlog_bedrock.request import OPERATIONS, Asked, read_request

if TYPE_CHECKING:
    from llmlog import Logger

Current = Callable[[], "Logger | None"]
_SERVICE = "bedrock-runtime"
_KEY = "llmlog"
_REFUSED = 300


class _Open:
    """A request that is on its way; one that ends without a word is given up."""

    def __init__(self, call: Call, asked: Asked) -> None:
        self.call = call
        self.asked = asked

    def __del__(self) -> None:
        self.call.abort()


class Listener:
    """Hears of the requests of one client, and records them."""

    def __init__(self, client: Any, current: Current) -> None:
        self._client = client
        self.current = current

    def listen(self) -> None:
        """Hear of each operation that asks a model."""
        events = self._client.meta.events
        for operation in OPERATIONS:
            for name, handler in (
                ("provide-client-params", self.asks), ("before-call", self.sends),
                ("after-call", self.answers), ("after-call-error", self.breaks),
            ):  # fmt: skip
                event = f"{name}.{_SERVICE}.{operation}"
                events.register(event, handler, unique_id=f"{_KEY}-{name}-{operation}")

    def asks(self, params: Any, model: Any, context: dict[str, Any], **_: Any) -> Any:
        """Begin a call; return the parameters as hooks left them."""
        logger = self.current()
        if logger is None or is_asked(logger):
            return None
        asked = guarded(read_request, self._client, model.name, params, otherwise=lambda _: None)
        if asked is None:
            return None
        call = begin(logger, asked.fields)
        asked.watch(call)
        call.start()
        edited = dict(params)
        asked.send(call, edited)
        context[_KEY] = (call, asked)
        return edited

    def sends(self, context: dict[str, Any], **_: Any) -> None:
        """Know that the request is valid and goes out."""
        known = context.pop(_KEY, None)
        if known is not None:
            context[_KEY] = _Open(*known)

    def answers(
        self, http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any],
        **_: Any,
    ) -> None:  # fmt: skip
        """End the call with its response, or let its stream end it."""
        known = context.pop(_KEY, None)
        if known is None:
            return
        if http_response.status_code < _REFUSED:
            guarded(answered, known.call, known.asked, parsed, otherwise=lambda _: None)
            context[_KEY] = None
            known.__class__ = _Done
            return
        note(known.call, known.asked, parsed, failed=True)
        code = (parsed.get("Error") or {}).get("Code")
        kind = self._client.exceptions.from_code(code)
        known.call.fail(kind(parsed, model.name))

    def breaks(self, exception: BaseException, context: dict[str, Any], **_: Any) -> None:
        """End the call with what kept it from an answer."""
        known = context.pop(_KEY, None)
        if known is not None:
            known.call.fail(exception)


class _Done(_Open):
    """A request whose answer ends its record."""

    def __del__(self) -> None:
        """Leave the record to whoever reads the answer."""


@frozen(eq=False)
class Instrumentor:
    """What `llmlog.wrap` and `llmlog.instrument` look for."""

    name: str = "bedrock"
    packages: tuple[str, ...] = ("botocore",)
    _all: Everywhere = field(factory=Everywhere)

    def wrap(self, client: Any, logger: Logger) -> Any:
        """Make the client's calls records of `logger`; return the same client.

        Raises `PluginError` for a client of another service of AWS.
        """
        if not _is_bedrock(client):
            message = f"{type(client).__name__}: wrap boto3.client('{_SERVICE}')"
            raise PluginError(message)
        _listener(client, lambda: logger).current = lambda: logger
        return client

    def instrument(self, logger: Callable[[], Logger]) -> None:
        """Make every call of every client a record, of whoever is Logger then."""
        kind = import_module("botocore.client").BaseClient
        self._all.start([(kind, "_make_api_call")], _everywhere, logger)

    def uninstrument(self) -> None:
        """Leave clients alone that were not wrapped one by one."""
        self._all.stop()


def _is_bedrock(client: Any) -> bool:
    model = getattr(getattr(client, "meta", None), "service_model", None)
    return getattr(model, "service_name", None) == _SERVICE


def _listener(client: Any, current: Current) -> Listener:
    """Return the client's listener, made now if it has none."""
    known: Listener | None = vars(client).get("llmlog_listener")
    if known is None:
        known = Listener(client, current)
        known.listen()
        client.llmlog_listener = known
    return known


def _everywhere(plain: Callable[..., Any], current: Current) -> Callable[..., Any]:
    @functools.wraps(plain)
    def recorded(client: Any, *args: Any, **kwargs: Any) -> Any:
        if current() is not None and _is_bedrock(client):
            _listener(client, current)
        return plain(client, *args, **kwargs)

    return recorded


instrumentor = Instrumentor()
