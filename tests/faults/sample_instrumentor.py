"""A sound instrumentor, for faults to break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmlog import Logger


class Client:
    """Stands for a model's client."""

    def chat(self, model: str) -> str:
        if model == "missing":
            raise LookupError(model)
        return "hello"


def recorded(function: Callable[[str], str], logger: Logger) -> Callable[[str], str]:
    def chat(model: str) -> str:
        with logger.call(kind="chat", model=model, provider="sample") as call:
            answer: str = call.finish(function(model))
            return answer

    chat.is_recorded = True  # type: ignore[attr-defined]
    return chat


class Instrumentor:
    """Wraps one client."""

    name = "sample-instrumentor"
    packages = (Client.__module__.partition(".")[0],)

    def wrap(self, client: Any, logger: Logger) -> Any:
        if not hasattr(client.chat, "is_recorded"):
            client.chat = recorded(client.chat, logger)
        return client


instrumentor = Instrumentor()
