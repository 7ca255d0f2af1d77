"""A plugin's tenants: further destinations that settings name, each complete in itself.

    [plugin.langfuse.tenants.acme]
    public_key = "pk-..."
    secret_key = "${ACME_SECRET_KEY}"
    host = "https://langfuse.acme.example"

Endpoint and credential of a destination come from one table: nothing is taken over from the
plugin's own table or from its variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmlog.errors import SettingsError, nearest
from llmlog.secret import Secret
from llmlog.settings import Option, Sources, load, options

TABLE = "tenants"
DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def tenant_settings(
    plugin: str, cls: type, sources: Sources, own: Mapping[str, str]
) -> Mapping[str, Any]:
    """Return the settings of each tenant by name; `own` are the origins of the plugin's settings.

    Raises `SettingsError` with every problem of every table.
    """
    made: dict[str, Any] = {}
    problems: list[str] = []
    for name, values in sources.tables_in(plugin, TABLE).items():
        place = f"[plugin.{plugin}.{TABLE}.{name}]"
        try:
            _check_name(place, name)
            made[name] = complete_settings(place, plugin, cls, values, own)
        except SettingsError as problem:
            problems += problem.problems
    if problems:
        raise SettingsError(problems)
    return made


def complete_settings(
    place: str, plugin: str, cls: type, values: object, own: Mapping[str, str] | None = None
) -> Any:
    """Return settings made of these values alone; raise `SettingsError`, which shows none."""
    if not isinstance(values, Mapping):
        raise SettingsError([f"{place} is a table of settings"])
    declared = options(cls)
    if problems := [*_unknown(place, declared, values), *_absent(place, declared, values, own)]:
        raise SettingsError(problems)
    shown = {name: value.reveal() if isinstance(value, Secret) else value
             for name, value in values.items()}  # fmt: skip
    try:
        made: tuple[Any, object] = load(
            cls, Sources(environ={}, code={"plugin": {plugin: shown}}), plugin
        )
    except SettingsError as problem:
        raise SettingsError([f"{place}: {line}" for line in problem.problems]) from None
    return made[0]


def _unknown(place: str, declared: tuple[Option, ...], values: Mapping[str, Any]) -> Iterator[str]:
    names = [option.name for option in declared]
    for key in values:
        if key not in names:
            yield f"{place} has no setting {key!r}{nearest(str(key), names)}"


def _absent(
    place: str, declared: tuple[Option, ...], values: Mapping[str, Any],
    own: Mapping[str, str] | None,
) -> Iterator[str]:  # fmt: skip
    """Yield what a table must say: what is required, and what else leads the plugin elsewhere."""
    for option in declared:
        if values.get(option.name) is not None:
            continue
        if option.required:
            yield f"{place} lacks {option.name}" + (f": {option.help}" if option.help else "")
        elif own and not option.secret and own.get(option.name, "default") != "default":
            yield (f"{place} lacks {option.name}: the plugin's own is from {own[option.name]}, "
                   "and a tenant takes nothing over")  # fmt: skip


def _check_name(place: str, name: str) -> None:
    if not _NAME.fullmatch(name) or name == DEFAULT:
        rule = f"has letters, digits, '.', '_' and '-', 64 at most, and is not {DEFAULT!r}"
        raise SettingsError([f"{place}: a tenant's name {rule}"])
