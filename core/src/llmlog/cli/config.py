"""Show every effective setting and where it came from; secrets are masked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from llmlog.setup import Setup, look
from llmlog.table import table

Row = tuple[str, str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the choice to see defaults too."""
    parser.add_argument("--all", action="store_true", help="show defaults too")


def run(arguments: argparse.Namespace) -> int:
    """Print one line per setting, then the problems."""
    setup = look()
    rows = [row for row in _rows(setup) if arguments.all or row[2] != "default"]
    sys.stdout.write(table(("SETTING", "VALUE", "FROM"), rows) + "\n")
    for problem in setup.problems:
        sys.stdout.write(f"! {problem}\n")
    return 1 if setup.problems else 0


def _rows(setup: Setup) -> Iterator[Row]:
    yield from _of("", setup.settings, setup.origins)
    for active in setup.choice.active:
        prefix = f"plugin.{active.name}."
        yield from _of(prefix, active.settings, active.origins)
        yield from _of(prefix, active.options, active.origins)


def _of(prefix: str, settings: Any, origins: Mapping[str, str]) -> Iterator[Row]:
    if settings is None:
        return
    for item in attrs.fields(type(settings)):
        value = getattr(settings, item.name)
        yield f"{prefix}{item.name}", _shown(value), origins.get(item.name, "default")


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}=***" for key in value) or "-"
    return str(value)
