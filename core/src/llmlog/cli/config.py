"""Show every effective setting and where it came from; secrets are masked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from llmlog.cli.table import table
from llmlog.logger import Logger

Row = tuple[str, str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the choice to see defaults too."""
    parser.add_argument("--all", action="store_true", help="show defaults too")


def run(arguments: argparse.Namespace) -> int:
    """Print one line per setting, then the problems."""
    with Logger(strict=False, bind=False) as logger:
        rows = [row for row in _rows(logger) if arguments.all or row[2] != "default"]
    sys.stdout.write(table(("SETTING", "VALUE", "FROM"), rows) + "\n")
    for problem in logger.problems:
        sys.stdout.write(f"! {problem}\n")
    return 1 if logger.problems else 0


def _rows(logger: Logger) -> Iterator[Row]:
    yield from _of("", logger.settings, logger.origins)
    for active in logger.choice.active:
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
