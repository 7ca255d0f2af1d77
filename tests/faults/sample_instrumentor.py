"""A sound instrumentor, for faults to break."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from llmlog import Logger


class Client:
    """Stands for a model's client."""

    def chat(self, model: str) -> str:
        if model == "missing":
            raise LookupError(model)
        return "hello"


PLAIN = Client.chat


def recorded(function: Callable[[str], str], logger: Logger) -> Callable[[str], str]:
    def chat(model: str) -> str:
        with logger.call(kind="chat", model=model, provider="sample") as call:
            answer: str = call.finish(function(model))
            return answer

    chat.is_recorded = True  # type: ignore[attr-defined]
    return chat


def everywhere(function: Callable[[Client, str], str], logger: Logger) -> Any:
    def chat(self: Client, model: str) -> str:
        return recorded(lambda name: function(self, name), logger)(model)

    return chat


class Instrumentor:
    """Wraps one client, or the class of all."""

    name = "sample-instrumentor"
    packages = (Client.__module__.partition(".")[0],)

    def wrap(self, client: Any, logger: Logger) -> Any:
        if not hasattr(client.chat, "is_recorded"):
            client.chat = recorded(functools.partial(PLAIN, client), logger)
        return client

    def instrument(self, logger: Callable[[], Logger]) -> None:
        Client.chat = everywhere(PLAIN, logger())  # type: ignore[method-assign]

    def uninstrument(self) -> None:
        Client.chat = PLAIN  # type: ignore[method-assign]


instrumentor = Instrumentor()
