"""How long after a call's end its event is on disk, in mode `spool`, beside other load.

    python benchmarks/window.py [--events 1500] [--rounds 3] [--busy 2] [--threads 0]

`--busy` processes and `--threads` threads of the application's own do nothing but count. A call
ends every 2 ms; `late` is the share of events whose commit returned more than 25 ms after that.
`floor` is the same with two bare threads: one puts a row into a list every 2 ms, the other waits
for 5 ms and commits what is there. Rounds take turns, each in a process of its own: compare ratios.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from llmlog import HTTPExporter, Limits, Request, env
from llmlog.delivery.shelf import Entry
from llmlog.delivery.spool_file import SpoolFile
from llmlog.encoding import loads
from llmlog.logger import Logger
from llmlog.testing import ScriptedEndpoint

WINDOW_S = 0.025
PACE_S = 0.002
TEXT = "some words of an answer, " * 80


@frozen
class Settings:
    """Where to send."""

    url: str = env("EXAMPLE_URL", default="http://127.0.0.1:1", help="where to")


EXPORTER = HTTPExporter(
    name="example", settings=Settings, limits=Limits(events=20, age_s=0.01),
    encode=lambda settings, batch: Request.json(settings.url, [each.id for each in batch]),
)  # fmt: skip


def spin() -> None:
    """Count without an end."""
    while True:
        sum(range(1000))


def paced(events: int, end_one: Callable[[int], None]) -> list[float]:
    """Do something every 2 ms; return when each time was over."""
    ended = []
    for number in range(events):
        end_one(number)
        ended.append(time.monotonic())
        time.sleep(PACE_S)
    return ended


def watched() -> list[tuple[float, Sequence[Entry]]]:
    """Return a list that each commit of a spool is added to, with its time."""
    commits: list[tuple[float, Sequence[Entry]]] = []
    add = SpoolFile.add

    def timed(self: SpoolFile, entries: Sequence[Entry]) -> None:
        add(self, entries)
        commits.append((time.monotonic(), entries))

    SpoolFile.add = timed  # type: ignore[method-assign]
    return commits


def llmlog(events: int, directory: Path) -> list[float]:
    """Return how late each event was, in seconds."""
    commits = watched()
    with ScriptedEndpoint() as endpoint:
        logger = Logger(plugins=[EXPORTER], environ={"EXAMPLE_URL": endpoint.url}, file=False,
                        mode="spool", directory=directory)  # fmt: skip
        logger.warm()
        time.sleep(0.3)

        def end_one(number: int) -> None:
            logger.call(model=str(number), input=TEXT).finish("x")

        ended = paced(events, end_one)
        logger.close()
    return [at_s - ended[int(loads(each.content)["request_model"])]
            for at_s, entries in commits for each in entries]  # fmt: skip


def floor(events: int, directory: Path) -> list[float]:
    """Return the same of two bare threads."""
    waiting: list[int] = []
    late: dict[int, float] = {}
    wake, done = threading.Event(), threading.Event()

    def commit() -> None:
        own = sqlite3.connect(directory / "floor", isolation_level=None)
        own.execute("pragma journal_mode = wal")
        own.execute("pragma synchronous = normal")
        own.execute("create table row (number, content)")
        while not done.is_set() or waiting:
            if wake.wait(0.1):
                wake.clear()
                time.sleep(0.005)
                batch, waiting[:] = list(waiting), []
                own.execute("begin immediate")
                own.executemany("insert into row values (?, ?)", ((each, TEXT) for each in batch))
                own.execute("commit")
                late.update(dict.fromkeys(batch, time.monotonic()))

    def end_one(number: int) -> None:
        waiting.append(number)
        wake.set()

    thread = threading.Thread(target=commit)
    thread.start()
    ended = paced(events, end_one)
    done.set()
    thread.join()
    return [at_s - ended[number] for number, at_s in late.items()]


SUBJECTS = {"llmlog": llmlog, "floor": floor}


def measure(subject: str, options: argparse.Namespace) -> list[float]:
    """Return how late each event of a round was, in a process of its own."""
    command = [sys.executable, __file__, "--one", subject, "--events", str(options.events),
               "--threads", str(options.threads)]  # fmt: skip
    loads = [subprocess.Popen([sys.executable, "-c", "while True: sum(range(1000))"])
             for _ in range(options.busy)]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    finally:
        for each in loads:
            each.kill()
            each.wait()
    late: list[float] = json.loads(done.stdout)
    return late


def row(subject: str, late: list[float]) -> str:
    """Return a line of the table."""
    ordered = sorted(late)
    share = sum(each > WINDOW_S for each in late) / len(late)
    p50, p99, worst = ordered[len(late) // 2], ordered[len(late) * 99 // 100], ordered[-1]
    return (f"{subject:8} {len(late):7} {100 * share:8.2f} {p50 * 1000:8.1f} {p99 * 1000:8.1f}"
            f" {worst * 1000:8.1f}")  # fmt: skip


def main() -> None:
    """Measure in rounds and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--one", choices=SUBJECTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        for _ in range(options.threads):
            threading.Thread(target=spin, daemon=True).start()
        with tempfile.TemporaryDirectory() as directory:
            late = SUBJECTS[options.one](options.events, Path(directory))
        sys.stdout.write(json.dumps(late))
        return
    all_late: dict[str, list[float]] = {subject: [] for subject in SUBJECTS}
    for _ in range(options.rounds):
        for subject in SUBJECTS:
            all_late[subject] += measure(subject, options)
    lines = [row(subject, each) for subject, each in all_late.items()]
    sys.stdout.write("\n".join(["subject   events  late % p50, ms p99, ms    worst", *lines, ""]))


if __name__ == "__main__":
    main()
