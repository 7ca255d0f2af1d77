"""pluggy's manager, used so that one implementation cannot silence the others.

pluggy broadcasts and stops at the first exception; llmlog therefore takes the implementations
from it and calls them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pluggy
from attrs import frozen

from llmlog import hookspecs
from llmlog.errors import PluginError, nearest

HOOKS = ("pre_call", "redact", "log_success", "log_failure")


class _Identity:
    """Stands for a plugin in pluggy, so that two equal objects are two plugins."""

    def __init__(self, plugin: object) -> None:
        for name, marked in _methods(plugin):
            if marked:
                self.__dict__[name] = getattr(plugin, name)
        self.plugin = plugin


@frozen(eq=False)
class Implementation:
    """One implementation of one hook."""

    plugin_name: str
    plugin: object
    function: Callable[..., Any]
    argument_names: Sequence[str]

    def __call__(self, **arguments: Any) -> Any:
        """Call it with those of the hook's arguments that it asks for."""
        return self.function(*(arguments[name] for name in self.argument_names))


class Hooks:
    """The hook implementations of one Logger."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.GROUP)
        self._manager.add_hookspecs(hookspecs)

    def register(self, name: str, plugin: object) -> None:
        """Take a plugin's implementations; raise `PluginError` for a misspelt or unmarked hook."""
        _check_names(name, plugin)
        try:
            self._manager.register(_Identity(plugin), name=name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as problem:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            message = f"{name}: {problem}"
            raise PluginError(message) from problem

    def implementations(self, hook: str, plugin: str | None = None) -> tuple[Implementation, ...]:
        """Return implementations in the order of registration, `tryfirst` first."""
        found = getattr(self._manager.hook, hook).get_hookimpls()
        ordered = sorted(found, key=lambda impl: (impl.trylast, not impl.tryfirst))
        return tuple(
            Implementation(impl.plugin_name, impl.plugin.plugin, impl.function, impl.argnames)
            for impl in ordered
            if plugin in (None, impl.plugin_name)
        )


def _check_names(name: str, plugin: object) -> None:
    implemented = 0
    for attribute, marked in _methods(plugin):
        if marked and attribute not in HOOKS:
            message = f"{name}: there is no hook {attribute!r}{nearest(attribute, HOOKS)}"
            raise PluginError(message)
        if not marked and attribute in HOOKS:
            message = f"{name}: mark {attribute!r} with @llmlog.hookimpl"
            raise PluginError(message)
        implemented += marked
    if not implemented:
        message = f"{name}: {type(plugin).__name__} implements no hook of {', '.join(HOOKS)}"
        raise PluginError(message)


def _methods(plugin: object) -> Iterator[tuple[str, bool]]:
    for attribute in dir(plugin):
        if not attribute.startswith("_"):
            method = getattr(plugin, attribute, None)
            yield attribute, hasattr(method, f"{hookspecs.GROUP}_impl")


class Shut:
    """Stands where a redactor should: it lets no content pass."""

    @hookspecs.hookimpl
    def redact(self) -> None:
        """Fail, which hides the content."""
        raise PluginError("a redactor is missing")
