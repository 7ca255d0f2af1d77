"""Finding the instrumentor for a model's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from llmlog.errors import PluginError
from llmlog.registry import INSTRUMENTORS, installed

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
