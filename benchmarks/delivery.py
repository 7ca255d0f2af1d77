"""What is lost on the way, by llmlog and by a peer, in the same run.

    python -m pip install litellm opentelemetry-sdk sentry-sdk
    python benchmarks/delivery.py [--rows 1,3] [--quick]

Each row is a program of its own against a sink on loopback. A peer that is not installed is left
out by name. `lost` counts events that never arrived, `twice` those that arrived more than once;
for `spool` and what ends by SIGKILL a second process then delivers what the first one left.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import frozen

from llmlog.testing import Answer, ScriptedEndpoint
from llmlog.testing.endpoint import Received

PROGRAMS = Path(__file__).parent / "loss"
OURS = "llmlog/memory"
EVENT = re.compile(rb"event-(\d+)\.")
DISTRIBUTIONS = {"litellm": "litellm", "otel": "opentelemetry-sdk", "sentry": "sentry-sdk",
                 "llmlog": "llmlog"}  # fmt: skip


@frozen(kw_only=True)
class Row:
    """One line of the table: who, what is done to it, and what came of it."""

    number: int
    what: str
    who: str
    events: int
    lost: int
    twice: int = 0


@frozen(kw_only=True)
class Scene:
    """Calls against a sink that answers after `delay_s` and fails for the first `outage_s`."""

    calls: int = 1000
    rate: float = 150.0
    live_s: float = 0.0
    ending: str = "exit"
    delay_s: float = 0.0
    outage_s: float = 0.0

    def sink(self, arrived: Counter[bytes]) -> Callable[[Received], Answer]:
        """Return what answers and counts; the outage begins with the first request."""
        began: list[float] = []

        def answer(request: Received) -> Answer:
            began.append(time.monotonic())
            if time.monotonic() < began[0] + self.outage_s:
                return Answer(status=503)
            arrived.update(set(EVENT.findall(request.content)))
            return Answer(delay_s=self.delay_s)

        return answer


def has(who: str) -> bool:
    """Say whether a peer is installed."""
    try:
        version(DISTRIBUTIONS[who])
    except PackageNotFoundError:
        return False
    return True


def run(program: str, *arguments: object) -> str:
    """Run a program of `loss/`; return what it printed. It may end by a signal."""
    done = subprocess.run(
        [sys.executable, PROGRAMS / program, *map(str, arguments)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    if done.returncode > 0:
        sys.stderr.write(done.stderr[-2000:])
    return done.stdout


def watched(scene: Scene, who: str) -> Counter[bytes]:
    """Return how often each event arrived. `who` is `litellm/<logger>` or `llmlog/<mode>`."""
    arrived: Counter[bytes] = Counter()
    peer, how = who.split("/")
    numbers = (scene.calls, scene.rate, scene.live_s)
    with (
        ScriptedEndpoint(default=scene.sink(arrived)) as endpoint,
        tempfile.TemporaryDirectory() as directory,
    ):
        if peer == "litellm":
            run("litellm_calls.py", endpoint.url, how, *numbers, scene.ending)
        else:
            run("llmlog_calls.py", endpoint.url, how, *numbers, scene.ending, directory)
            if how != "memory":
                run("llmlog_calls.py", endpoint.url, how, *numbers, "adopt", directory)
        time.sleep(scene.delay_s + 0.5)
    return arrived


def scene_rows(number: int, what: str, scene: Scene, *whos: str) -> Iterator[Row]:
    """Yield a row for each of those who are installed."""
    for who in whos:
        if has(who.split("/")[0]):
            arrived = watched(scene, who)
            twice = sum(count > 1 for count in arrived.values())
            yield Row(number=number, what=what, who=who, events=scene.calls,
                      lost=scene.calls - len(arrived), twice=twice)  # fmt: skip


def burst_rows(number: int, what: str, fault: str, events: int, *whos: str) -> Iterator[Row]:
    """Yield a row for each batcher."""
    for who in whos:
        if has(who):
            lost = int(run("batches.py", who, fault, events).split()[-1])
            yield Row(number=number, what=what, who=who, events=events, lost=lost)


def fork_rows(_: float) -> Iterator[Row]:
    """Yield how many of 61 events two processes sent twice after a fork."""
    for who in ("sentry", "llmlog"):
        if has(who):
            arrived: Counter[bytes] = Counter()

            def answer(request: Received, into: Counter[bytes] = arrived) -> Answer:
                into.update(set(EVENT.findall(request.content)))
                return Answer()

            with ScriptedEndpoint(default=answer) as endpoint:
                run("fork.py", who, endpoint.url)
            twice = sum(count > 1 for count in arrived.values())
            yield Row(number=7, what="60 pending, fork, both flush", who=who, events=61,
                      lost=61 - len(arrived), twice=twice)  # fmt: skip


def rows(wanted: Sequence[int], part: float) -> Iterator[Row]:
    """Yield all rows; `part` shortens times and counts."""
    makers = {1: outgrown_rows, 2: base_rows, 3: outage_rows, 4: exit_rows, 5: death_rows,
              6: processor_rows, 7: fork_rows}  # fmt: skip
    for number in wanted:
        yield from makers[number](part)


def outgrown_rows(part: float) -> Iterator[Row]:
    """Yield what a batch logger loses of what comes in while it sends."""
    for delay_s in (0.0, 0.2, 1.0):
        scene = Scene(calls=int(1500 * part), delay_s=delay_s, live_s=20 * part)
        yield from scene_rows(1, f"sink of {delay_s:g} s", scene, "litellm/posthog", OURS)


def base_rows(_: float) -> Iterator[Row]:
    """Yield the same for the class that such loggers are made of."""
    yield from burst_rows(2, "burst, sink of 50 ms", "slow50", 5000, "litellm", "llmlog")


def outage_rows(part: float) -> Iterator[Row]:
    """Yield what an outage costs that ends well before the process does."""
    scene = Scene(calls=int(1000 * part), outage_s=20 * part, live_s=60 * part)
    yield from scene_rows(3, f"503 for {scene.outage_s:g} s", scene, "litellm/generic", OURS)


def exit_rows(part: float) -> Iterator[Row]:
    """Yield what a program loses that just ends."""
    for delay_s in (0.0, 0.5):
        scene = Scene(calls=int(1000 * part), delay_s=delay_s)
        what = f"exit at once, sink of {delay_s:g} s"
        yield from scene_rows(4, what, scene, "litellm/generic", OURS, "llmlog/spool")


def death_rows(part: float) -> Iterator[Row]:
    """Yield what signals cost that end a process where it is."""
    for ending in ("term", "kill"):
        scene = Scene(calls=int(1000 * part), delay_s=0.5, ending=ending)
        whos = ("litellm/generic", OURS, "llmlog/spool", "llmlog/strict")
        yield from scene_rows(5, f"SIG{ending.upper()} at once, sink of 0.5 s", scene, *whos)


def processor_rows(_: float) -> Iterator[Row]:
    """Yield what a burst loses behind an exporter that is slow, fails, or raises."""
    for fault in ("slow200", "fails", "raises", "exits"):
        yield from burst_rows(6, f"burst, exporter {fault}", fault, 20_000, "otel", "llmlog")


def _breaks(row: Row) -> bool:
    """Say whether llmlog broke a promise; a killed process sends what was on its way once more."""
    if row.number == 5:  # by a signal
        return row.who == "llmlog/strict" and row.lost > 0
    return bool(row.lost or row.twice)


def main() -> int:
    """Print the table; 1 if llmlog lost an event that it promises to keep, or doubled one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", default="1,2,3,4,5,6,7")
    parser.add_argument("--quick", action="store_true", help="a quarter of the calls and times")
    arguments = parser.parse_args()
    for who, distribution in DISTRIBUTIONS.items():
        sys.stdout.write(f"{distribution} {version(distribution) if has(who) else 'absent'}\n")
    broken = 0
    for row in rows(
        [int(each) for each in arguments.rows.split(",")], 0.25 if arguments.quick else 1.0
    ):
        share = f"{row.lost / row.events:.0%}"
        sys.stdout.write(f"{row.number}  {row.what:<36} {row.who:<16} {row.events:>6} events"
                         f"  lost {row.lost:>6} {share:>5}  twice {row.twice}\n")  # fmt: skip
        sys.stdout.flush()
        broken += row.who.startswith("llmlog") and _breaks(row)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
