"""Which plugins are active, with their settings: names and objects to `Active` values."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, fields, frozen

from llmlog.configuration import PluginOptions
from llmlog.errors import LlmlogError, PluginError, SettingsError, nearest
from llmlog.exporter import ClientExporter, HookPlugin, HTTPExporter
from llmlog.registry import Installed, checked, find, installed
from llmlog.settings import Sources, load
from llmlog.tenant import TABLE as TENANTS
from llmlog.tenant import tenant_settings

_DECLARED = (HTTPExporter, ClientExporter, HookPlugin)
_OPTION_NAMES = (*(item.name for item in fields(PluginOptions)), TENANTS)


@frozen(kw_only=True, eq=False)
class Active:
    """An active plugin: what it is, its settings, and where each of them came from.

    `plugin` is what its settings make of `declared`. `tenants` are its further destinations.
    """

    name: str
    plugin: Any
    declared: Any = None
    settings: Any = None
    options: PluginOptions = field(factory=PluginOptions)
    origins: Mapping[str, str] = field(factory=dict)
    tenants: Mapping[str, Active] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class Choice:
    """The outcome of activation: who is active, and a line for each one that is not, and why.

    `missed` are redactors that are not active although they should be.
    """

    active: tuple[Active, ...] = ()
    missed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    idle: Mapping[str, str] = field(factory=dict)


def activate(name: str, plugin: object, sources: Sources) -> Active:
    """Return an active plugin; raise `SettingsError` with every problem of its table."""
    declared = plugin if isinstance(plugin, _DECLARED) else None
    settings_class = declared.settings if declared else None
    known = tuple(item.name for item in fields(settings_class)) if settings_class else ()
    problems: list[str] = []
    settings, origins = _load(settings_class, sources, name, _OPTION_NAMES, problems)
    options, option_origins = _load(PluginOptions, sources, name, (*known, TENANTS), problems)
    tenants = _tenants(name, declared, sources, origins, problems)
    if problems:
        raise SettingsError(dict.fromkeys(problems))
    return Active(
        name=name, plugin=chosen(plugin, settings), declared=declared, settings=settings,
        options=options,
        origins={**origins, **option_origins},
        tenants={tenant: Active(name=name, plugin=chosen(plugin, each), settings=each,
                                options=options) for tenant, each in tenants.items()},
    )  # fmt: skip


def chosen(plugin: object, settings: Any) -> object:
    """Return the exporter that settings ask for: the declared one, or one over a client."""
    if isinstance(plugin, HTTPExporter) and plugin.instead is not None:
        return plugin.instead(settings) or plugin
    return plugin


def _tenants(
    name: str, declared: Any, sources: Sources, origins: Mapping[str, str], problems: list[str]
) -> Mapping[str, Any]:
    try:
        if isinstance(declared, (HTTPExporter, ClientExporter)):
            return tenant_settings(name, declared.settings, sources, origins)
        if sources.tables_in(name, TENANTS):
            problems.append(f"{name} has no tenants: it is no exporter")
    except SettingsError as problem:
        problems += problem.problems
    return {}


def _load(
    cls: Any, sources: Sources, name: str, also: Sequence[str], problems: list[str]
) -> tuple[Any, Mapping[str, str]]:
    if cls is None:
        return None, {}
    try:
        return load(cls, sources, name, also)
    except SettingsError as problem:
        problems += problem.problems
        return None, {}


def choose(
    named: Sequence[object] | None, known: Mapping[str, Installed], sources: Sources
) -> Choice:
    """Return the active plugins: those named, else those whose required variables are set."""
    if named is not None:
        choice = _all(((name_of(item), item) for item in named), sources)
        idle: Mapping[str, str] = {}
    else:
        idle = {name: reason for name, plugin in known.items()
                if (reason := _idle(plugin, sources))}  # fmt: skip
        choice = _all(((name, known[name]) for name in known if name not in idle), sources)
    names = {*known, *(active.name for active in choice.active)}
    lost = [f"there is a table for plugin {table!r}{nearest(table, names) or ', which is not here'}"
            for table in sorted(sources.tables() - names)]  # fmt: skip
    return evolve(choice, problems=(*choice.problems, *lost), idle=idle)


def _idle(plugin: Installed, sources: Sources) -> str | None:
    """Say why an installed plugin that nobody named is not used; None if it is."""
    if plugin.name in sources.tables():
        return None
    if not plugin.requires:
        return "name it to use it"
    missing = [variable for variable in plugin.requires if not sources.environ.get(variable)]
    return f"set {', '.join(missing)}" if missing else None


def name_of(plugin: object) -> str:
    """Return the name of a plugin: the text itself, an object's own name, or its class's."""
    if isinstance(plugin, str):
        return plugin
    name = getattr(plugin, "name", None)
    return name if isinstance(name, str) else type(plugin).__name__


def _all(candidates: Iterable[tuple[str, object]], sources: Sources) -> Choice:
    active: dict[str, Active] = {}
    problems: list[str] = []
    missed: list[str] = []
    for wanted, plugin in candidates:
        name = free_name(wanted, active) if not isinstance(plugin, (str, Installed)) else wanted
        if name in active:
            continue
        found: object = None
        try:
            found = resolve(name, plugin)
            active[name] = activate(name, found, sources)
        except LlmlogError as problem:
            problems += getattr(problem, "problems", (str(problem),))
            if redacts(found):
                missed.append(name)
    return Choice(active=tuple(active.values()), problems=tuple(problems), missed=tuple(missed))


def redacts(plugin: object) -> bool:
    """Say whether a plugin takes something out of what others get."""
    return getattr(plugin, "redacts", False) is True or hasattr(plugin, "redact")


def free_name(name: str, taken: Container[str]) -> str:
    """Return the name, numbered if it is taken."""
    number = 2
    candidate = name
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def resolve(name: str, plugin: object) -> object:
    """Return the plugin itself, for a name, an installed one or an object."""
    if isinstance(plugin, str):
        plugin = find(plugin, installed())
    if isinstance(plugin, Installed):
        return plugin.load()
    if isinstance(plugin, type):
        message = f"{name}: pass an object, not the class: {plugin.__name__}()"
        raise PluginError(message)
    return checked(name, plugin)
