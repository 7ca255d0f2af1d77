"""Names to plugins: looked up in metadata without importing, then loaded one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from attrs import frozen

from llmlog.errors import PluginError
from llmlog.guard import describe, guarded
from llmlog.hookspecs import API_VERSION, GROUP

REQUIRES = "llmlog.requires"
INSTRUMENTORS = "llmlog.instrumentors"
BRIDGES = "llmlog.bridges"


@frozen(kw_only=True)
class Installed:
    """A plugin that is installed, known by its metadata alone.

    `requires` are environment variables: when all of them are set the plugin is active without
    being named. `conflict` names the other distributions that claim the same name.
    """

    name: str
    distribution: str
    version: str
    requires: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    entry_point: EntryPoint

    def load(self) -> object:
        """Import the plugin; raise `PluginError` that names the culprit."""
        if self.conflict:
            claims = " and ".join((self.distribution, *self.conflict))
            message = f"{self.name}: claimed by {claims}; uninstall all but one"
            raise PluginError(message)
        return checked(self.name, guarded(self.entry_point.load, otherwise=self._broken))

    def _broken(self, problem: BaseException) -> object:
        message = f"{self.name}: {self.distribution} cannot be imported: {describe(problem)}"
        raise PluginError(message) from problem


def checked(name: str, plugin: object) -> object:
    """Return a plugin that speaks this API version; raise `PluginError` for any other."""
    version = getattr(plugin, "api_version", API_VERSION)
    if version != API_VERSION:
        older = isinstance(version, int) and version < API_VERSION
        message = (
            f"{name}: speaks plugin API {version}, this llmlog speaks {API_VERSION};"
            f" upgrade {'the plugin' if older else 'llmlog'}"
        )
        raise PluginError(message)
    return plugin


def installed(group: str = GROUP) -> Mapping[str, Installed]:
    """Return the installed plugins by name. Nothing is imported."""
    claims: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=group):
        known = claims.setdefault(point.name, [])
        if all(_origin(point) != _origin(other) for other in known):
            known.append(point)
    requires = dict(_requires()) if group == GROUP else {}
    return {name: _installed(name, points, requires.get(name, ()))
            for name, points in sorted(claims.items())}  # fmt: skip


def _requires() -> Iterator[tuple[str, tuple[str, ...]]]:
    for point in entry_points(group=REQUIRES):
        yield point.name, tuple(point.value.split("."))


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name if point.dist else "", point.value)


def _installed(name: str, points: list[EntryPoint], requires: tuple[str, ...]) -> Installed:
    first, *others = points
    return Installed(
        name=name,
        distribution=first.dist.name if first.dist else "?",
        version=first.dist.version if first.dist else "?",
        requires=requires,
        conflict=tuple(point.dist.name if point.dist else "?" for point in others),
        entry_point=first,
    )


def find(name: str, known: Mapping[str, Installed]) -> Installed:
    """Return a plugin by name; raise `PluginError` that says what to type."""
    if name not in known:
        message = f"no plugin {name!r}: {_remedy(name, known)}"
        raise PluginError(message)
    return known[name]


def _remedy(name: str, known: Mapping[str, Installed]) -> str:
    names = {*known, *available()}
    meant = name if name in names else next(iter(get_close_matches(name, names, n=1)), name)
    hints = [f"did you mean {meant!r}?"] if meant != name else []
    if meant not in known:
        hints.append(f"pip install llmlog-{meant}")
    return " ".join(hints)


def available() -> Mapping[str, str]:
    """Return the plugins that came out with this release, installed or not: names and summaries."""
    from importlib.resources import files

    text = files("llmlog").joinpath("available.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found
