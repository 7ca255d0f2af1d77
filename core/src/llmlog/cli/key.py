"""Make or destroy the key that encrypts an owner's content."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from llmlog.encryption.envelope import new_key
from llmlog.encryption.ring import FolderKeys
from llmlog.errors import LlmlogError
from llmlog.setup import look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to do, for whom, and in which folder."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for name, action, help_ in (
        ("new", _new, "make a key that seals from now on; former ones still open"),
        ("destroy", _destroy, "remove all keys of an owner: what they sealed is lost for good"),
    ):
        added = actions.add_parser(name, help=help_)
        added.add_argument("owner", help="whose: a value of `encryption_by`, or `default`")
        added.add_argument("--keys", type=Path, help="folder of keys; that of the settings")
        added.set_defaults(action=action)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    folder = arguments.keys or look().settings.encryption_folder
    if folder is None:
        raise LlmlogError("no folder of keys: set LLMLOG_ENCRYPTION_FOLDER, or pass --keys")
    status: int = arguments.action(FolderKeys(folder), arguments.owner)
    return status


def _new(keys: FolderKeys, owner: str) -> int:
    keys.add(owner, new_key())
    sys.stdout.write(f"{keys.path(owner)}: key {keys.of(owner)[0].id} seals from now on\n")
    return 0


def _destroy(keys: FolderKeys, owner: str) -> int:
    if not keys.destroy(owner):
        sys.stdout.write(f"there is no {keys.path(owner)}\n")
        return 1
    sys.stdout.write(f"{keys.path(owner)} is destroyed: copies of it elsewhere are yours to find\n")
    return 0
