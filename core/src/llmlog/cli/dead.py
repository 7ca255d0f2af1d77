"""List, show, send again or remove records that a backend rejected."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable

from llmlog.cli.place import add_directory, directory_of, moment, positive, shown
from llmlog.cli.progress import Progress
from llmlog.clock import Clock
from llmlog.delivery.dead_letter import DeadLetters, Letter
from llmlog.delivery.queue import Event
from llmlog.delivery.stats import label
from llmlog.guard import guarded
from llmlog.logger import Logger
from llmlog.route import Route
from llmlog.table import table
from llmlog.weight import rough_size

_SETTLED = ("delivered", "dead_lettered", "dropped")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to do, and with which letters."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for name, function, summary in (
        ("list", _list, "a line per record"),
        ("show", _show, "records as JSON, whole"),
        ("replay", _replay, "send records again, to the exporter that they were for"),
        ("purge", _purge, "remove records for good"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        action.add_argument("ids", nargs="*", metavar="ID", help="ids of records; all of them")
        action.add_argument("--plugin", action="append", help="only those of this exporter")
        action.add_argument("--since", type=moment, help="only those since then: 2h, 7d, a date")
        if function is _replay:
            action.add_argument("--rate", type=positive, help="records per second at most")
            action.add_argument("--timeout", type=positive, default=60.0, help="seconds to wait")
        add_directory(action)
        action.set_defaults(action=function)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    letters = DeadLetters(directory_of(arguments))
    chosen = [letter for letter in letters.read() if _chosen(letter, arguments)]
    status: int = arguments.action(arguments, letters, chosen)
    return status


def _chosen(letter: Letter, arguments: argparse.Namespace) -> bool:
    return (
        (not arguments.ids or letter.id in arguments.ids)
        and (not arguments.plugin or letter.exporter in arguments.plugin)
        and (arguments.since is None or letter.at_unix_ns >= arguments.since)
    )


def _list(_: argparse.Namespace, __: DeadLetters, chosen: list[Letter]) -> int:
    rows = [(letter.id, label(letter.exporter, letter.destination), shown(letter.at_unix_ns),
             str(letter.record.get("request_model", "-")), letter.reason[:100])
            for letter in chosen]  # fmt: skip
    heads = ("ID", "EXPORTER", "AT", "MODEL", "REASON")
    sys.stdout.write((table(heads, rows) if rows else "no dead letters") + "\n")
    return 0


def _show(_: argparse.Namespace, __: DeadLetters, chosen: list[Letter]) -> int:
    if not chosen:
        sys.stderr.write("no such dead letter\n")
    for letter in chosen:
        whole = {"exporter": letter.exporter, "destination": letter.destination,
                 "reason": letter.reason, "at": shown(letter.at_unix_ns),
                 "payload": letter.record}  # fmt: skip
        sys.stdout.write(json.dumps(whole, indent=2, ensure_ascii=True) + "\n")
    return 0 if chosen else 1


def _purge(_: argparse.Namespace, letters: DeadLetters, chosen: list[Letter]) -> int:
    sys.stdout.write(f"removed {letters.remove(chosen)}\n")
    return 0


def _replay(arguments: argparse.Namespace, letters: DeadLetters, chosen: list[Letter]) -> int:
    """Send letters to their exporters; those with an outcome are removed, the others stay."""
    if not chosen:
        sys.stdout.write("no dead letters\n")
        return 0
    names = sorted({letter.exporter for letter in chosen})
    directory = directory_of(arguments)
    with Logger(plugins=names, mode="memory", directory=directory) as logger:
        sent = _send(logger, chosen, arguments.rate)
        complete = logger.flush(arguments.timeout).complete
        settled = [letter for letter in sent if _settled(logger, letter)]
        delivered = sum(stats.delivered for stats in logger.stats()[1:])
    letters.remove(settled)
    sys.stdout.write(f"{delivered} of {len(chosen)} delivered; {len(chosen) - len(settled)} kept "
                     f"as they were, {len(settled) - delivered} rejected again\n")  # fmt: skip
    return 0 if complete and delivered == len(chosen) else 1


def _send(logger: Logger, chosen: Iterable[Letter], rate: float | None) -> list[Letter]:
    routes = {route.lane.key: route for route in logger.all_routes()}
    sent: list[Letter] = []
    chosen = list(chosen)
    with Progress("sending", len(chosen)) as progress:
        for letter in chosen:
            route = routes.get(f"{letter.exporter}/{letter.destination}")
            if route is not None and _put(logger, route, letter):
                sent.append(letter)
                progress.at(len(sent))
                Clock().pace(rate)
    return sent


def _put(logger: Logger, route: Route, letter: Letter) -> bool:
    """Give a record to its lane, under today's policy; False for one that cannot be read."""
    payload = guarded(letter.payload, otherwise=lambda _: None)
    if payload is None:
        return False
    if route.lane.stats().pending >= route.active.options.queue_events:
        route.lane.flush(60.0)
    route.lane.put(Event(logger.renew(payload, route), rough_size(payload)))
    return True


def _settled(logger: Logger, letter: Letter) -> bool:
    name = label(letter.exporter, letter.destination)
    return any(each.state in _SETTLED and each.exporter == name
               and each.detail != "queue_full" for each in logger.where(letter.id))  # fmt: skip
