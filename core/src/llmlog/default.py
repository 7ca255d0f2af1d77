"""The module-level functions: one default Logger, made on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from llmlog import wrapping
from llmlog.fields import CallFields
from llmlog.handle import Call
from llmlog.logger import FlushReport, Logger
from llmlog.payload import Payload

if TYPE_CHECKING:
    from typing_extensions import Unpack

C = TypeVar("C")
_lock = threading.RLock()  # a signal may log within a log
_default: Logger | None = None


def get_logger() -> Logger:
    """Return the default Logger; made now, and tolerant of wrong settings, if there is none."""
    global _default  # noqa: PLW0603  # there is one default Logger
    if _default is None:
        with _lock:
            if _default is None:
                _default = Logger(strict=False)
    return _default


def configure(
    *,
    plugins: Sequence[object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | bool = True,
    **settings: Any,
) -> Logger:
    """Make the default Logger anew from these settings; the former one is closed.

    What the former one has not delivered is sent at once under the new settings, by the exporters
    of the same names. Arguments as for `Logger`. Raises `SettingsError` with every problem at once,
    and leaves the former one in place then.
    """
    global _default
    made = Logger(plugins=plugins, environ=environ, file=file, **settings)
    with _lock:
        former, _default = _default, made
    if former is not None:
        made.inherit(former)
    return made


def call(**fields: Unpack[CallFields]) -> Call:
    """Return a call to be used as `with`, `async with` or decorator."""
    return Call(get_logger(), fields)


def start_call(**fields: Unpack[CallFields]) -> Call:
    """Return a call that has begun; end it with `finish`, `fail` or `stream`."""
    return Call(get_logger(), fields).start()


def wrap(client: C) -> C:
    """Make every call of a model's client a record; the same client comes back.

    Raises `PluginError` when no installed instrumentor knows the client.
    """
    return get_logger().wrap(client)


def instrument(*names: str) -> None:
    """Make every call of every client of these libraries a record of the default Logger.

    `llmlog.instrument("openai")` sees clients made before and after; without names all libraries
    are recorded that an installed instrumentor knows. Saying it twice records once. Raises
    `PluginError` for an unknown name.
    """
    wrapping.instrument(names, get_logger)


def uninstrument(*names: str) -> None:
    """Undo `instrument`, for these libraries or for all; wrapped clients stay wrapped."""
    wrapping.uninstrument(names)


def log(payload: Payload | Callable[[], Payload]) -> None:
    """Send a finished payload, or what a function makes of it, to the active plugins."""
    get_logger().log(payload)


def flush(timeout: float = 5.0) -> FlushReport:
    """Send everything that is waiting; return what is not delivered after `timeout` seconds."""
    return get_logger().flush(timeout)


async def aflush(timeout: float = 5.0) -> FlushReport:
    """Do as `flush` does without blocking the event loop."""
    return await get_logger().aflush(timeout)
