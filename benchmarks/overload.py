"""Ten times more calls than a backend takes, for a minute: memory, drops and our own log.

    python benchmarks/overload.py [--seconds 60] [--mode memory] [--size 8000]

A backend takes `--rate` calls a second, the application makes ten times as many. A third of the
byte budget is for the intake, the rest for the queue. Memory must stay within the budget times 1.3
plus 32 MiB, every call must be accounted for, and our own log must say each reason once in ten
seconds at most. The exit status says whether all of that held.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import frozen

from llmlog import ClientExporter, Limits
from llmlog.logger import Logger

MIB = 1024 * 1024
TIMES = 10


@frozen
class Nothing:
    """Settings of an exporter that has none."""


class Lines(logging.Handler):
    """Counts what llmlog says, by reason and ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.began_s = time.monotonic()
        self.counts: Counter[tuple[str, int]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line."""
        span = int((time.monotonic() - self.began_s) / 10)
        self.counts[record.getMessage(), span] += 1


class Memory(threading.Thread):
    """Samples the resident memory of this process; `most` is in bytes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look twenty times a second."""
        while not self.ended.wait(0.05):
            self.most = max(self.most, resident())


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def exporter(rate: float, events: int = 20) -> Any:
    """Return an exporter to a backend that takes `rate` calls a second."""

    def send(_: object, __: object, batch: Any) -> None:
        time.sleep(len(batch) / rate)

    return ClientExporter(name="slow", settings=Nothing, connect=bool, send=send,
                          limits=Limits(events=events, age_s=0.05))  # fmt: skip


def press(logger: Logger, rate: float, seconds: float, size: int) -> int:
    """Make `rate` calls a second; return how many were made."""
    began, count = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while count < passed * rate:
            text = f"{count} " + "z" * size
            with logger.call(model="m", messages=[{"role": "user", "content": text}]) as call:
                call.finish({"choices": [{"message": {"role": "assistant", "content": "ok"}}]})
            count += 1
        time.sleep(0.002)
    return count


def warmed(arguments: argparse.Namespace, directory: str) -> Logger:
    """Return a Logger that has delivered some calls already."""
    keep = {} if arguments.mode == "memory" else {"directory": Path(directory)}
    intake = arguments.budget_mib * MIB // 3
    logger = Logger(plugins=[exporter(arguments.rate)], environ={}, file=False,
                    mode=arguments.mode, intake_bytes=intake, spool_bytes=4 * intake,
                    plugin={"slow": {"queue_bytes": 2 * intake}}, **keep)  # fmt: skip
    press(logger, arguments.rate, 1.0, arguments.size)
    logger.flush(10)
    gc.collect()
    return logger


def main() -> int:
    """Press, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--size", type=int, default=8000)
    parser.add_argument("--budget-mib", type=int, default=48)
    parser.add_argument("--mode", choices=("memory", "spool"), default="memory")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        return measure(arguments, directory)


def measure(arguments: argparse.Namespace, directory: str) -> int:
    """Measure one overload and print it; return 0 when every bound held."""
    lines, memory = Lines(), Memory()
    logging.getLogger("llmlog").addHandler(lines)
    logger = warmed(arguments, directory)
    before = resident()
    memory.start()
    made = press(logger, arguments.rate * TIMES, arguments.seconds, arguments.size)
    memory.ended.set()
    logger.flush(0.1)
    intake, lane = logger.stats()
    bound = int(arguments.budget_mib * MIB * 1.3) + 32 * MIB
    grown, loudest = memory.most - before, max(lines.counts.values(), default=0)
    sys.stdout.write(
        f"made {made}, delivered {lane.delivered}, refused {intake.lost}, dropped {lane.lost},"
        f" without texts {lane.degraded}, pending {lane.pending} ({lane.pending_bytes:,} bytes)\n"
        f"memory +{grown / MIB:.1f} MiB, bound {bound / MIB:.1f} MiB\n"
        f"own log: {sum(lines.counts.values())} lines, a reason {loudest} times in ten seconds\n"
    )
    held = {"memory": grown <= bound, "account": lane.balanced and intake.balanced,
            "pressure": lane.degraded + lane.lost + intake.lost > 0,
            "log": loudest <= 1}  # fmt: skip
    logger.close(0)
    sys.stdout.write(", ".join(f"{name} {'ok' if ok else 'NOT OK'}" for name, ok in held.items()))
    sys.stdout.write("\n")
    return int(not all(held.values()))


if __name__ == "__main__":
    sys.exit(main())
