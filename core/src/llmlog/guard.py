"""The guard around foreign code: the one place that catches everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
D = TypeVar("D")


def guarded(
    function: Callable[..., T],
    *arguments: Any,
    otherwise: Callable[[BaseException], D],
) -> T | D:
    """Call foreign code; hand whatever it raises to `otherwise` and return that one's answer.

    Plugins, hooks and users' objects may raise `SystemExit` or worse on llmlog's threads; none of
    it may end them. On the caller's thread a `KeyboardInterrupt` belongs to the user and passes.
    """
    try:
        return function(*arguments)
    except BaseException as problem:
        if isinstance(problem, KeyboardInterrupt) and _on_main_thread():
            raise
        return otherwise(problem)


def _on_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def describe(problem: BaseException) -> str:
    """Return the class and the text of an exception, also when its text cannot be had."""
    text = guarded(str, problem, otherwise=lambda _: "")
    name = type(problem).__name__
    return f"{name}: {text}" if text else name
