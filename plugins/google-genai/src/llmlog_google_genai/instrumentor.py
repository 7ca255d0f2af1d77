"""Standing at the four methods that every call passes through."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from llmlog import Call, PluginError
from llmlog.guard import guarded
from llmlog.tapping.asking import ask, ask_async
from llmlog.tapping.everywhere import Everywhere
from llmlog_google_genai.answer import answered
from llmlog_google_genai.request import Asked, read_request

if TYPE_CHECKING:
    from llmlog import Logger

_METHODS = {"request": (False, False), "request_streamed": (False, True),
            "async_request": (True, False), "async_request_streamed": (True, True)}  # fmt: skip
"""Whether each waits, and whether it streams."""
_MARK = "llmlog_wraps"


@frozen(eq=False)
class Instrumentor:
    """What `llmlog.wrap` and `llmlog.instrument` look for."""

    name: str = "google-genai"
    packages: tuple[str, ...] = ("google",)
    library: str = "google.genai"
    _all: Everywhere = field(factory=Everywhere)

    def wrap(self, client: Any, logger: Logger) -> Any:
        """Make the client's calls records of `logger`; return the same client.

        Its chats and its async side are recorded with it. Raises `PluginError` for an object that
        is no client of Google GenAI.
        """
        api = getattr(client, "_api_client", None)
        if not all(callable(getattr(api, name, None)) for name in _METHODS):
            message = f"{type(client).__name__}: wrap a client such as genai.Client()"
            raise PluginError(message)
        for name in _METHODS:
            plain = getattr(api, name)
            plain = getattr(plain, _MARK, plain)
            made = _recorded(self, name, plain, lambda: logger)
            one = functools.wraps(plain)(functools.partial(made, api))
            setattr(one, _MARK, plain)
            setattr(api, name, one)
        return client

    def instrument(self, logger: Callable[[], Logger]) -> None:
        """Make every call of every client a record, of whoever is Logger then."""
        kind = import_module("google.genai._api_client").BaseApiClient
        for name in _METHODS:
            self._all.start([(kind, name)], functools.partial(_everywhere, self, name), logger)

    def uninstrument(self) -> None:
        """Leave clients alone that were not wrapped one by one."""
        self._all.stop()

    def read(self, client: Any, options: Any, stream: object) -> Asked | None:
        """Return what is asked; None also when that cannot be read."""
        method, path = options.pop(_MARK)
        return guarded(
            lambda: read_request(client, method, path, options, stream=bool(stream)),
            otherwise=lambda _: None,
        )

    def finish(self, call: Call, asked: Asked, response: Any) -> Any:
        """End the call with a response; return what the caller gets."""
        return guarded(answered, call, asked, response, otherwise=lambda _: response)

    def fail(self, call: Call, asked: Asked, problem: BaseException) -> None:  # noqa: ARG002
        """End the call with an exception."""
        call.fail(problem)


Current = Callable[[], "Logger | None"]


def _recorded(
    by: Instrumentor, name: str, plain: Callable[..., Any], current: Current
) -> Callable[..., Any]:
    """Return a method that records; the plain one is a bound method or a function of a class."""
    waits, streams = _METHODS[name]

    def parts(client: Any, asked: tuple[str, str, Any], args: Any, kwargs: Any) -> Any:
        method, path, body = asked
        options = {**(body if isinstance(body, dict) else {}), _MARK: (method, path)}
        own = () if hasattr(plain, "__self__") else (client,)

        def send() -> Any:
            options.pop(_MARK, None)
            sent = options if isinstance(body, dict) else body
            return plain(*own, method, path, sent, *args, **kwargs)

        return (client, options, streams), send

    def recorded(client: Any, http_method: str, path: str, request_dict: Any,
                 *args: Any, **kwargs: Any) -> Any:  # fmt: skip
        what, send = parts(client, (http_method, path, request_dict), args, kwargs)
        logger = current()
        return send() if logger is None else ask(by, logger, what, send)

    async def recorded_async(client: Any, http_method: str, path: str, request_dict: Any,
                             *args: Any, **kwargs: Any) -> Any:  # fmt: skip
        what, send = parts(client, (http_method, path, request_dict), args, kwargs)
        logger = current()
        return await (send() if logger is None else ask_async(by, logger, what, send))

    return recorded_async if waits else recorded


def _everywhere(
    by: Instrumentor, name: str, plain: Callable[..., Any], current: Current
) -> Callable[..., Any]:
    made = _recorded(by, name, plain, current)

    @functools.wraps(plain)
    def recorded(client: Any, *args: Any, **kwargs: Any) -> Any:
        is_wrapped = hasattr(vars(client).get(name), _MARK)
        return (plain if is_wrapped else made)(client, *args, **kwargs)

    return recorded


instrumentor = Instrumentor()
