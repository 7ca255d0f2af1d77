"""The command `llmlog`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from llmlog import __version__
from llmlog.cli import (
    audit,
    config,
    dead,
    decrypt,
    doctor,
    key,
    new,
    plugins,
    redact,
    replay,
    stats,
    tail,
    where,
)
from llmlog.errors import LlmlogError


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    made = argparse.ArgumentParser(prog="llmlog", description="Every model call, one record.")
    made.add_argument("--version", action="version", version=f"llmlog {__version__}")
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (plugins, config, doctor, redact, stats, where, tail, dead, replay, audit, key,
                    decrypt, new):  # fmt: skip
        name = command.__name__.rpartition(".")[2]
        summary = (command.__doc__ or "").splitlines()[0]
        added = commands.add_parser(name, help=summary, description=summary)
        command.add_arguments(added)
        added.set_defaults(run=command.run)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 when all is well, 1 when something needs attention, 2 for misuse."""
    chosen = parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except LlmlogError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except BrokenPipeError:
        return 1
    except OSError as problem:
        sys.stderr.write(f"{problem.filename or 'llmlog'}: {problem.strerror or problem}\n")
        return 2
    return status
