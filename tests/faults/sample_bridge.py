"""A library that tells of its calls, and a sound bridge from it, for faults to break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmlog import Logger

Listener = Callable[[str, Callable[[], str]], str]
MESSAGES = [{"role": "user", "content": "Hi"}]


class Library:
    """Answers, and lets a listener stand around each call."""

    def __init__(self) -> None:
        self.listener: Listener = lambda _, answer: answer()

    def chat(self, model: str) -> str:
        def answer() -> str:
            if model == "missing":
                raise LookupError(model)
            return "hello"

        return self.listener(model, answer)


def listener(logger: Logger) -> Listener:
    def told(model: str, answer: Callable[[], str]) -> str:
        with logger.call(kind="chat", model=model, provider="sample", messages=MESSAGES) as call:
            said: Any = call.finish(answer())
            return str(said)

    return told


def connect(logger: Logger) -> Library:
    """Tie a library to a Logger."""
    library = Library()
    library.listener = listener(logger)
    return library
