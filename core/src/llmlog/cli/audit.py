"""Check the audit log: that no record was changed, removed or put in between."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from llmlog.audit import Break, verify
from llmlog.errors import LlmlogError
from llmlog.setup import look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to do, and with which log."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    action = actions.add_parser("verify", help="name the first broken link")
    action.add_argument("--folder", type=Path, help="the log; that of the settings")
    action.add_argument("--expect", type=_seen, metavar="NUMBER:HASH",
                        help="what was last seen, which must be there still")  # fmt: skip
    action.set_defaults(action=_verify)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    status: int = arguments.action(arguments)
    return status


def _verify(arguments: argparse.Namespace) -> int:
    settings = look().settings
    folder = arguments.folder or settings.audit_log
    if folder is None:
        raise LlmlogError("no audit log: set LLMLOG_AUDIT_LOG, or pass --folder")
    found = verify(folder, settings.audit_key, arguments.expect)
    if isinstance(found, Break):
        sys.stdout.write(f"broken at {found.path}:{found.line}: {found.reason}\n")
        return 1
    if found is None:
        sys.stdout.write(f"no record in {folder}\n")
        return 1
    sys.stdout.write(f"whole up to {found.number}:{found.hash}\n")
    return 0


def _seen(text: str) -> tuple[int, str]:
    number, _, seal = text.partition(":")
    return int(number), seal.strip().lower()
