"""Reading what a Logger is told, without starting anything."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from llmlog.configuration import CoreSettings
from llmlog.errors import SettingsError
from llmlog.plugin import Choice, choose
from llmlog.registry import installed
from llmlog.settings import Sources, load, read_file, read_toml

LOCK_VARIABLE = "LLMLOG_LOCKED"
ALL_OFF: Mapping[str, Any] = {"enabled": False, "plugins": (), "content": "none"}


@frozen(kw_only=True)
class Setup:
    """Settings, the origin of each, the active plugins, and every problem as a line."""

    sources: Sources
    settings: CoreSettings
    origins: Mapping[str, str]
    choice: Choice
    problems: tuple[str, ...]


def look(
    plugins: Sequence[object] | None = None,
    code: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | bool = True,  # noqa: FBT001, FBT002  # a keyword wherever it is used
) -> Setup:
    """Return what these arguments, the environment and the settings file amount to."""
    problems: list[str] = []
    sources = _sources(code or {}, os.environ if environ is None else environ, file, problems)
    settings, origins = _core(sources, problems)
    fixed = plugins is None or "plugins" in sources.locked
    named: Sequence[object] | None = settings.plugins if fixed else plugins
    choice = choose(named if settings.enabled else (), installed(), sources)
    problems += choice.problems
    return Setup(sources=sources, settings=settings, origins=origins, choice=choice,
                 problems=tuple(dict.fromkeys(problems)))  # fmt: skip


def _sources(
    code: Mapping[str, Any],
    environ: Mapping[str, str],
    file: Path | bool,  # noqa: FBT001
    problems: list[str],
) -> Sources:
    values: Mapping[str, Any] = {}
    path: Path | None = None
    try:
        if file:
            values, path = read_file(file if isinstance(file, Path) else None)
    except SettingsError as problem:
        problems += problem.problems
    locked = _locked(values, environ, problems)
    return Sources(code=code, environ=environ, file=values, path=path, locked=locked)


def _locked(
    values: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]
) -> Mapping[str, Any]:
    """Return what an administrator fixed; everything is off when that cannot be read.

    The process's own variable counts, whatever environment a program passes.
    """
    fixed = values.get("lock", {})
    if not isinstance(fixed, Mapping):
        problems.append("[lock] is a table of settings")
        return ALL_OFF
    path = os.environ.get(LOCK_VARIABLE) or environ.get(LOCK_VARIABLE)
    if not path:
        return fixed
    try:
        own = read_toml(Path(path).expanduser())
    except SettingsError as problem:
        problems += problem.problems
        return ALL_OFF
    return {**fixed, **own, "plugin": {**fixed.get("plugin", {}), **own.get("plugin", {})}}


def _core(sources: Sources, problems: list[str]) -> tuple[CoreSettings, Mapping[str, str]]:
    try:
        return load(CoreSettings, sources)
    except SettingsError as problem:
        problems += problem.problems
        return CoreSettings(content="none"), {}  # what the settings hide is not known
