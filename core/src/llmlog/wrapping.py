"""Finding the instrumentor for a model's client, or for all clients of a library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from llmlog.errors import PluginError
from llmlog.registry import INSTRUMENTORS, find, installed

if TYPE_CHECKING:
    from llmlog.logger import Logger

C = TypeVar("C")


def wrap(client: C, logger: Logger) -> C:
    """Make every call of `client` a record of `logger`; return the same client.

    Raises `PluginError` when no installed instrumentor knows the client's package.
    """
    packages = {cls.__module__.partition(".")[0] for cls in type(client).__mro__}
    known = installed(INSTRUMENTORS)
    likely = sorted(known, key=lambda name: name not in packages)
    for name in likely:
        instrumentor: Any = known[name].load()
        if packages.intersection(instrumentor.packages):
            wrapped: C = instrumentor.wrap(client, logger)
            return wrapped
    package = type(client).__module__.partition(".")[0]
    message = f"no instrumentor for {package!r}: pip install llmlog-{package}"
    raise PluginError(message)


def instrument(names: tuple[str, ...], logger: Callable[[], Logger]) -> None:
    """Make every call of these libraries' clients a record; without names, of all that are there.

    Saying it again changes the Logger alone. Raises `PluginError` for a name that no installed
    instrumentor has, and for one whose library cannot be recorded as a whole.
    """
    for name, instrumentor in _chosen(names):
        start = getattr(instrumentor, "instrument", None)
        if start is None:
            message = f"{name}: wrap each client with llmlog.wrap(client)"
            raise PluginError(message)
        start(logger)


def uninstrument(names: tuple[str, ...]) -> None:
    """Undo `instrument`; without names, for all of them. Clients that were wrapped stay so."""
    for _, instrumentor in _chosen(names):
        stop = getattr(instrumentor, "uninstrument", None)
        if stop is not None:
            stop()


def _chosen(names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    known = installed(INSTRUMENTORS)
    for name in names:
        yield name, find(name, known).load()
    for name in known if not names else ():
        instrumentor: Any = known[name].load()
        library = getattr(instrumentor, "library", None)
        if any(map(_is_there, (library,) if library else instrumentor.packages)):
            yield name, instrumentor


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False
