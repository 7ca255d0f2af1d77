"""Show which plugins are installed, which are active, and why the others are not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from llmlog.hookspecs import GROUP
from llmlog.registry import BRIDGES, INSTRUMENTORS, Installed, available, installed
from llmlog.setup import Setup, look
from llmlog.table import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is asked for beside the installed ones."""
    parser.add_argument(
        "--available", action="store_true", help="all plugins of this release, installed or not"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print one line per plugin, then the problems."""
    if arguments.available:
        return _available()
    setup = look()
    rows = list(_rows(setup))
    if rows:
        sys.stdout.write(table(("PLUGIN", "VERSION", "STATE", "WHY"), rows) + "\n")
    else:
        sys.stdout.write("no plugins: pip install llmlog-console for a first one\n")
    for problem in setup.problems:
        sys.stdout.write(f"! {problem}\n")
    return 1 if setup.problems else 0


def _available() -> int:
    here = {plugin.distribution for plugin in _every()}
    rows = [
        (name, "installed" if f"llmlog-{name}" in here else f"pip install llmlog-{name}", summary)
        for name, summary in available().items()
    ]
    sys.stdout.write(table(("PLUGIN", "STATE", "WHAT IT DOES"), rows) + "\n")
    return 0


def _every() -> Iterator[Installed]:
    for group in (GROUP, INSTRUMENTORS, BRIDGES):
        yield from installed(group).values()


def _rows(setup: Setup) -> Iterator[tuple[str, str, str, str]]:
    active = {active.name for active in setup.choice.active}
    broken = {problem.partition(":")[0] for problem in setup.problems}
    for name, plugin in installed().items():
        if name in active:
            yield name, plugin.version, "active", _why(setup)
        elif name in broken:
            yield name, plugin.version, "broken", "see below"
        else:
            why = setup.choice.idle.get(name, "not named in plugins")
            yield name, plugin.version, "idle", why
    for name, plugin in installed(INSTRUMENTORS).items():
        yield name, plugin.version, "wraps", "llmlog.wrap(client)"


def _why(setup: Setup) -> str:
    origin = setup.origins.get("plugins", "default")
    return "its settings are present" if origin == "default" else f"named by {origin}"
