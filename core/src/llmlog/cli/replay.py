"""Deliver what dead processes left in the spool, or records from files of JSON lines."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmlog.cli.place import add_directory, directory_of, moment, positive
from llmlog.cli.progress import Progress
from llmlog.clock import Clock
from llmlog.delivery.stats import LaneStats
from llmlog.delivery.survey import held, waiting
from llmlog.encoding import loads
from llmlog.errors import LlmlogError
from llmlog.guard import describe
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.schema import from_dict

_WAITING = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take files, plugins and limits."""
    add = parser.add_argument
    add("files", nargs="*", type=Path, metavar="FILE",
        help="JSON lines, a record each; without any, the spool")  # fmt: skip
    add("--plugin", action="append", help="where to send; all active plugins")
    add("--since", type=moment, help="only records of files that began since then: 2h, a date")
    parser.add_argument("--rate", type=positive, help="records of files per second at most")
    parser.add_argument("--timeout", type=positive, default=60.0, help="seconds to wait at the end")
    add_directory(parser)


def run(arguments: argparse.Namespace) -> int:
    """Send and print the account; 1 if something is not delivered."""
    if not arguments.files and (arguments.since or arguments.rate):
        message = "--since and --rate are for files: the spool is delivered as a whole"
        raise LlmlogError(message)
    logger = _logger(arguments)
    whole = True
    try:
        if arguments.files:
            whole = _send(logger, arguments)
            logger.flush(arguments.timeout)
        else:
            _drain(logger, arguments.timeout)
    finally:
        logger.close(1.0)
    status = _report(logger.stats()[1:])
    if not arguments.files:
        _report_rest(directory_of(arguments))
    return status if whole else 1


def _logger(arguments: argparse.Namespace) -> Logger:
    if arguments.files:
        return Logger(plugins=arguments.plugin, mode="memory")
    logger = Logger(plugins=arguments.plugin, mode="spool", directory=directory_of(arguments))
    logger.adopt()
    return logger


def _drain(logger: Logger, timeout_s: float) -> None:
    """Wait until nothing is pending, or the time is over."""
    end_s = time.monotonic() + timeout_s
    total = sum(stats.pending for stats in logger.stats())
    with Progress("delivering", total) as progress:
        while (left := sum(stats.pending for stats in logger.stats())) and time.monotonic() < end_s:
            logger.flush(0.2)
            progress.at(total - left)


def _send(logger: Logger, arguments: argparse.Namespace) -> bool:
    """Send the records of files; say whether every line was one."""
    found = list(_records(arguments.files))
    records = [each for each in found if each and _is_since(each, arguments.since)]
    with Progress("sending", len(records)) as progress:
        for number, payload in enumerate(records, 1):
            logger.log(payload)
            Clock().pace(arguments.rate)
            if number % _WAITING == 0:
                logger.flush(arguments.timeout)
                progress.at(number)
    return None not in found


def _is_since(payload: Payload, since: int | None) -> bool:
    return since is None or payload.timing.start_unix_ns >= since


def _records(files: list[Path]) -> Iterator[Payload | None]:
    """Yield the record of each line; None, and a word to the user, where there is none."""
    for path in files:
        try:
            lines = path.read_bytes().splitlines()
        except OSError as problem:
            raise LlmlogError(f"{path}: {problem.strerror}") from problem
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _record(line, f"{path}:{number}")


def _record(line: bytes, place: str) -> Payload | None:
    """Read a record, plain or as a dead letter holds it; say where one cannot be read."""
    try:
        value: Any = loads(line)
    except ValueError as problem:
        sys.stderr.write(f"{place}: left out, no JSON: {problem}\n")
        return None
    try:
        return from_dict(value.get("payload", value))
    except Exception as problem:  # noqa: BLE001  # whatever the shape of a stranger's line causes
        sys.stderr.write(f"{place}: left out, no record of llmlog: {describe(problem)[:200]}\n")
        return None


def _report_rest(directory: Path) -> None:
    """Say what stays in the spool, and why."""
    for path, counts in waiting(directory):
        names = ", ".join(f"{count} for {lane.removesuffix('/default')}"
                          for lane, count in counts.items())  # fmt: skip
        why = ": its process runs, and delivers them itself" if held(path) else ""
        sys.stdout.write(f"left in {path.name}: {names}{why}\n")


def _report(lanes: tuple[LaneStats, ...]) -> int:
    for lane in lanes:
        dropped = "".join(f", {count} dropped ({why})" for why, count in lane.dropped.items())
        sys.stdout.write(
            f"{lane.label}: {lane.delivered} of {lane.accepted} delivered, "
            f"{lane.pending} waiting, {lane.dead_lettered} rejected{dropped}\n"
        )
    return 0 if all(lane.delivered == lane.accepted for lane in lanes) else 1
