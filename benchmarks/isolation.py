"""What one misbehaving exporter of forty costs the other thirty-nine.

    python benchmarks/isolation.py [--events 2000] [--rate 400] [--rounds 5]

Each round logs the same events, `--rate` of them a second, with forty well-behaved exporters and
then with one that raises, hangs, leaks or is slow, and takes the time until the thirty-nine others
have delivered. `share` is their throughput beside the bad one, as a share of that beside a good
one: the median of the rounds. With `--rate 0` all events come at once and the processor is the
limit: then the share also shows what the bad exporter's own work costs, such as finding out event
by event that it raises for each.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from llmlog import ClientExporter, Limits
from llmlog.logger import Logger
from llmlog.testing import sample

MANNERS = ("raising", "hanging", "slow", "leaking")
OTHERS = 39


@frozen
class Nothing:
    """Settings of an exporter that has none."""


class Manner:
    """A client that does as it is called, until `end`."""

    def __init__(self, name: str) -> None:
        self.send: Callable[..., None] = getattr(self, name)
        self._ended = threading.Event()
        self._leaked: list[Any] = []

    def good(self, *_: Any) -> None:
        """Take everything."""

    def raising(self, *_: Any) -> None:
        """Raise what ends a thread."""
        raise SystemExit

    def hanging(self, *_: Any) -> None:
        """Come back never."""
        self._ended.wait()

    def slow(self, *_: Any) -> None:
        """Take half a second for each request."""
        self._ended.wait(0.5)

    def leaking(self, *_: Any) -> None:
        """Leave a thread and 100 kB behind each time."""
        if len(self._leaked) < 500:
            thread = threading.Thread(target=self._ended.wait, daemon=True)
            thread.start()
            self._leaked.append((thread, bytearray(100_000)))

    def end(self) -> None:
        """Let go of whatever waits."""
        self._ended.set()


def client(name: str, manner: Manner) -> Any:
    """Return an exporter that sends through a manner."""
    return ClientExporter(
        name=name, settings=Nothing, connect=bool, send=manner.send,
        limits=Limits(events=50, age_s=0.01),
    )  # fmt: skip


def seconds(manner: str, events: int, rate: float) -> tuple[float, int]:
    """Return how long the others took for all events, and how many they lost."""
    odd, good = Manner(manner), Manner("good")
    names = {f"other{number}" for number in range(OTHERS)}
    plugins = [client("odd", odd), *(client(name, good) for name in sorted(names))]
    logger = Logger(plugins=plugins, environ={}, file=False)
    payload, began = sample("chat"), time.perf_counter()
    for number in range(events):
        while rate and number > (time.perf_counter() - began) * rate:
            time.sleep(0.002)
        logger.log(evolve(payload, id=str(number)))
    while {*names, "(intake)"} & set(logger.flush(0.02).pending):
        pass
    took = time.perf_counter() - began
    lost = sum(stats.lost for stats in logger.stats() if stats.exporter in names)
    odd.end()
    logger.close(2)
    return took, lost


def main() -> int:
    """Print a line per manner; 1 if an event was lost or the share is under 99 %."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=400.0)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    logging.getLogger("llmlog").setLevel(logging.CRITICAL)
    seconds("good", 100, 0.0)
    worst = 1.0
    sys.stdout.write("manner     others/s beside good  beside it  share  lost\n")
    for manner in MANNERS:
        share, lost = line(manner, arguments)
        worst = 0.0 if lost else min(worst, share)
    return int(worst < 0.99)


def line(manner: str, arguments: argparse.Namespace) -> tuple[float, int]:
    """Measure one manner and print it."""
    events, rate = arguments.events, arguments.rate
    pairs = [(seconds("good", events, rate), seconds(manner, events, rate))
             for _ in range(arguments.rounds)]  # fmt: skip
    share = statistics.median(good / odd for (good, _), (odd, _) in pairs)
    lost = sum(lost for _, (_, lost) in pairs)
    rates = [OTHERS * events / statistics.median(took for took, _ in side)
             for side in zip(*pairs, strict=True)]  # fmt: skip
    sys.stdout.write(
        f"{manner:<10} {rates[0]:>20,.0f} {rates[1]:>10,.0f} {share:>6.1%} {lost:>5}\n"
    )
    sys.stdout.flush()
    return share, lost


if __name__ == "__main__":
    sys.exit(main())
