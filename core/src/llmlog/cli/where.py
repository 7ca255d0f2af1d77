"""Show where the record of a call is: delivered, dead, dropped or waiting, for each exporter."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from llmlog.cli.place import add_directory, directory_of, shown
from llmlog.delivery.ledger import Whereabouts, written
from llmlog.delivery.survey import on_disk
from llmlog.table import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the id and the directory."""
    parser.add_argument("id", help="the id of the record")
    add_directory(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line per exporter and outcome; 1 if nothing is known."""
    found = _find(directory_of(arguments), arguments.id)
    if not found:
        sys.stdout.write(f"nothing is known of {arguments.id}: its process kept no ledger here, "
                         "or has forgotten it\n")  # fmt: skip
        return 1
    rows = [(each.exporter, each.state, str(each.attempt or "-"), shown(each.at_unix_ns),
             each.detail or "-") for each in found]  # fmt: skip
    sys.stdout.write(table(("EXPORTER", "STATE", "ATTEMPT", "AT", "DETAIL"), rows) + "\n")
    return 0


def _find(directory: Path, call: str) -> list[Whereabouts]:
    return [*written(directory, call), *on_disk(directory, call)]
