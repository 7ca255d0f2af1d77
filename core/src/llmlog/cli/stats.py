"""Show what each process accepted, delivered, lost and still owes, and what waits on disk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping

from llmlog.cli.place import add_directory, directory_of, shown
from llmlog.delivery.stats import LaneStats
from llmlog.delivery.survey import Account, accounts, damaged, waiting
from llmlog.table import table

_HEADS = ("PROCESS", "AT", "EXPORTER", "ACCEPTED", "DELIVERED", "DEAD", "DROPPED", "PENDING",
          "LAST ERROR")  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the directory, and the unit."""
    add_directory(parser)
    parser.add_argument("--bytes", action="store_true", help="count bytes instead of events")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per process and exporter, then the spool; 1 if something was lost."""
    directory = directory_of(arguments)
    found = list(accounts(directory))
    rows = [row for account in found for row in _rows(account, in_bytes=arguments.bytes)]
    sys.stdout.write((table(_HEADS, rows) if rows else "no process has published") + "\n")
    left = [(path.name, lane, str(count)) for path, counts in waiting(directory)
            for lane, count in counts.items()]  # fmt: skip
    if left:
        sys.stdout.write("\n" + table(("SPOOL", "LANE", "WAITING"), left) + "\n")
    for path, why in damaged(directory):
        sys.stdout.write(f"\n{path}: {why}: the next process puts it into `quarantine`\n")
    return 1 if any(lane.lost for account in found for lane in account.lanes) else 0


def _rows(account: Account, *, in_bytes: bool) -> Iterator[tuple[str, ...]]:
    process = f"{account.pid}{' (ended)' if account.ended else ''}"
    for lane in account.lanes:
        accepted, delivered, dead, dropped, pending = _numbers(lane, in_bytes=in_bytes)
        lost = ", ".join(f"{reason} {count}" for reason, count in dropped.items()) or "0"
        yield (process, shown(account.at_unix_ns), lane.label, str(accepted), str(delivered),
               str(dead), lost, str(pending), (lane.last_error or "-")[:60])  # fmt: skip


def _numbers(lane: LaneStats, *, in_bytes: bool) -> tuple[int, int, int, Mapping[str, int], int]:
    if in_bytes:
        return (lane.accepted_bytes, lane.delivered_bytes, lane.dead_lettered_bytes,
                lane.dropped_bytes, lane.pending_bytes)  # fmt: skip
    return lane.accepted, lane.delivered, lane.dead_lettered, lane.dropped, lane.pending
