"""Settings: one declaration per setting, and where its value comes from.

A settings class is a frozen attrs class whose fields are made by `env`. Values are looked up in
code, then the environment, then the settings file; the first found wins. All problems of a class
are reported at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from llmlog.conversion import convert
from llmlog.errors import SettingsError, nearest
from llmlog.guard import describe
from llmlog.secret import Secret

S = TypeVar("S")
_VARIABLES = "llmlog_variables"
_HELP = "llmlog_help"


def env(
    *variables: str,
    default: Any = attrs.NOTHING,
    help: str = "",  # noqa: A002
    check: Callable[[Any], object] | None = None,
) -> Any:
    """Declare a setting that the environment variables `variables` set, the first one found.

    Without a `default` the setting is required. `default` may be `attrs.Factory`. The annotation
    gives the type: `str`, `int`, `float`, `bool`, `Secret`, `Path`, a `Literal`, `X | None`,
    `tuple[str, ...]` (commas in text), `Mapping[str, str]` (`k=v,k2=v2` in text). `check` takes
    the value and raises `ValueError` for one that could only fail later: `llmlog.check` has some.
    """
    return attrs.field(
        default=default, kw_only=True, metadata={_VARIABLES: variables, _HELP: help},
        validator=None if check is None else _validator(check),
    )  # fmt: skip


def _validator(check: Callable[[Any], object]) -> Callable[[Any, Any, Any], None]:
    """Return a check as attrs has it; what it says is about a setting, which is named."""

    def validate(_: object, attribute: Any, value: Any) -> None:
        try:
            check(value)
        except ValueError as problem:
            message = f"{attribute.name}: {problem}"
            raise ValueError(message) from None

    return validate


@frozen
class Value:
    """A raw value and where it was found: `code`, `environment (NAME)` or `file (path)`."""

    raw: Any = attrs.field(repr=False)
    origin: str


@frozen(kw_only=True)
class Option:
    """One declared setting, for listings and documentation."""

    name: str
    variables: tuple[str, ...]
    type: str
    required: bool
    secret: bool
    default: Any
    help: str


@frozen(kw_only=True)
class Sources:
    """The places that settings come from, for one Logger. `locked` comes before all others."""

    code: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    environ: Mapping[str, str] = attrs.field(factory=lambda: os.environ, repr=False)
    file: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    path: Path | None = None
    locked: Mapping[str, Any] = attrs.field(factory=dict, repr=False)

    def find(self, table: str | None, option: Option) -> Value | None:
        """Return the first value of a setting; `table` is a plugin's name, None means llmlog's."""
        if (raw := _table(self.locked, table).get(option.name)) is not None:
            return Value(self._expanded(raw), "lock")
        if (raw := _table(self.code, table).get(option.name)) is not None:
            return Value(raw, "code")
        for variable in (*option.variables, variable_name(table, option.name)):
            if self.environ.get(variable):
                return Value(self.environ[variable], f"environment ({variable})")
        if (raw := _table(self.file, table).get(option.name)) is not None:
            return Value(self._expanded(raw), f"file ({self.path})")
        return None

    def _expanded(self, raw: Any) -> Any:
        """Put environment variables in place of `${NAME}` in a file's texts."""
        if isinstance(raw, str):
            return re.sub(r"\$\{(\w+)\}", lambda match: self._variable(match[1]), raw)
        if isinstance(raw, list):
            return [self._expanded(item) for item in raw]
        if isinstance(raw, Mapping):
            return {key: self._expanded(item) for key, item in raw.items()}
        return raw

    def _variable(self, name: str) -> str:
        if name not in self.environ:
            message = f"{self.path} asks for ${{{name}}}, which is not set"
            raise SettingsError([message])
        return self.environ[name]

    def tables_in(self, table: str, name: str) -> Mapping[str, Any]:
        """Return the tables within a table of a plugin's, by name; the lock's come first."""
        places = ((self.file, True), (self.code, False), (self.locked, True))
        found: dict[str, Any] = {}
        for values, expands in places:
            inner = _table(values, table).get(name, {})
            if not isinstance(inner, Mapping):
                raise SettingsError([f"[plugin.{table}.{name}] is a table of tables"])
            found.update(self._expanded(inner) if expands else inner)
        return found

    def tables(self) -> set[str]:
        """Return the plugins that code or file have a table for."""
        return {*self.code.get("plugin", {}), *self.file.get("plugin", {})}

    def unknown(self, table: str | None, known: Sequence[str]) -> Iterator[str]:
        """Yield a problem for each key that no declaration knows."""
        places = (("code", self.code), (str(self.path), self.file), ("lock", self.locked))
        for place, values in places:
            for key in _table(values, table):
                if key not in known and not (table is None and key in ("plugin", "lock")):
                    where = f"[plugin.{table}]" if table else "llmlog"
                    yield f"{place}: {where} has no setting {key!r}{nearest(key, known)}"


def _table(values: Mapping[str, Any], table: str | None) -> Mapping[str, Any]:
    found = values if table is None else values.get("plugin", {}).get(table, {})
    return found if isinstance(found, Mapping) else {}


def variable_name(table: str | None, option: str) -> str:
    """Return llmlog's own variable of a setting, such as `LLMLOG_LANGFUSE_PUBLIC_KEY`."""
    return "_".join(part for part in ("LLMLOG", table, option) if part).upper().replace("-", "_")


def options(cls: type) -> tuple[Option, ...]:
    """Return the settings that a class declares."""
    hints = get_type_hints(cls)
    return tuple(
        Option(
            name=item.name,
            variables=item.metadata.get(_VARIABLES, ()),
            type=_type_name(hints[item.name]),
            required=item.default is attrs.NOTHING,
            secret=Secret in (hints[item.name], *get_args(hints[item.name])),
            default=_default(item.default),
            help=item.metadata.get(_HELP, ""),
        )
        for item in attrs.fields(cls)
    )


def _default(default: Any) -> Any:
    if default is attrs.NOTHING:
        return None
    return default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def _type_name(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(str(value) for value in get_args(hint))
    return getattr(hint, "__name__", None) or str(hint).replace("typing.", "")


def load(
    cls: type[S],
    sources: Sources,
    table: str | None = None,
    also: Sequence[str] = (),
) -> tuple[S, Mapping[str, str]]:
    """Return a settings object, and the origin of each value.

    `also` names keys of the same table that belong to another class. Raises `SettingsError` with
    every problem: unknown keys, missing settings, values that do not fit.
    """
    declared = options(cls)
    problems = list(sources.unknown(table, [*(item.name for item in declared), *also]))
    found = {item.name: sources.find(table, item) for item in declared}
    problems += [_missing(table, item) for item in declared
                 if item.required and found[item.name] is None]  # fmt: skip
    hints = get_type_hints(cls)
    values = dict(_converted(table, found, hints, problems))
    if problems:
        raise SettingsError(problems)
    origins = {name: value.origin if value else "default" for name, value in found.items()}
    try:
        return cls(**values), origins
    except (ValueError, TypeError) as problem:
        raise SettingsError([f"{table or 'llmlog'}: {describe(problem)}"]) from None


def _missing(table: str | None, option: Option) -> str:
    variable = (*option.variables, variable_name(table, option.name))[0]
    return f"{table or 'llmlog'}: set {variable}" + (f" ({option.help})" if option.help else "")


def _converted(
    table: str | None,
    found: Mapping[str, Value | None],
    hints: Mapping[str, Any],
    problems: list[str],
) -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if value is None:
            continue
        try:
            yield name, convert(value.raw, hints[name])
        except Exception as problem:  # noqa: BLE001  # cattrs raises what the converters raise
            secret = Secret in (hints[name], *get_args(hints[name]))
            shown = "its value" if secret else repr(value.raw)
            reason = "" if secret else f": {_reason(problem)}"
            problems.append(
                f"{table or 'llmlog'}: {name} from {value.origin}: {shown} is not"
                f" {_type_name(hints[name])}{reason}"
            )


def _reason(problem: BaseException) -> str:
    nested = getattr(problem, "exceptions", ())
    return _reason(nested[0]) if nested else str(problem)


def read_file(start: Path | None = None) -> tuple[Mapping[str, Any], Path | None]:
    """Find and read `llmlog.toml`, or `[tool.llmlog]` of `pyproject.toml`, from `start` upwards.

    Returns the settings and the path, or nothing. Raises `SettingsError` for a file that is not
    TOML.
    """
    folder = (start or Path.cwd()).absolute()
    for place in (folder, *folder.parents):
        for name, keys in (("llmlog.toml", ()), ("pyproject.toml", ("tool", "llmlog"))):
            path = place / name
            if path.is_file():
                values = read_toml(path)
                for key in keys:
                    values = values.get(key, {})
                if values or not keys:
                    return values, path
    return {}, None


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return what a file of settings holds; raise `SettingsError` if it cannot be read."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as problem:
        raise SettingsError([f"{path}: {problem}"]) from problem
