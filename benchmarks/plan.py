"""What is measured, in which order: a list of cells, long or short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from measure import Cell
from subject import PEERS

SIZES = ("100", "1000", "10000", "100000", "1000000", "10000000")
CASES = ("small", "medium", "large")
MODES = ("memory", "spool", "strict", "audit")
_PACKING: Mapping[str, Mapping[str, bool]] = {
    "llmlog": {"gzip": True}, "langsmith": {"compression": False},
}  # fmt: skip
"""The other way about: LangSmith's client compresses unless it is told not to, llmlog if told."""
IMPORTS: Mapping[str, str] = {
    "llmlog": "llmlog", "llmlog.logger": "llmlog", "httpx": "httpx",
    "opentelemetry.sdk.trace": "opentelemetry-sdk", "langfuse": "langfuse",
    "langsmith": "langsmith", "posthog": "posthog", "litellm": "litellm",
}  # fmt: skip
"""Modules to the distributions that hold them."""


def present(distribution: str) -> bool:
    """Say whether a distribution is installed."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def subjects() -> list[str]:
    """Return llmlog and the peers that are installed."""
    return ["llmlog", *(name for name, distribution in PEERS.items() if present(distribution))]


def cells(*, quick: bool, share: float | None = None) -> Iterator[Cell]:
    """Yield every cell of a run; `quick` has fewer events, and of slow cells those of a goal.

    `share` is how many of the events there are; a half of them unless told otherwise.
    """
    every = _every(share or (0.1 if quick else 0.5), 2 if quick else 3)
    return (cell for cell in every if not quick or _is_quick(cell))


def _every(share: float, rounds: int) -> Iterator[Cell]:
    yield from _callers(share)
    yield from _growth(share)
    yield from _loops(share)
    yield from _rates(share)
    yield from _own(share)
    yield from _starts(rounds)


def _is_quick(cell: Cell) -> bool:
    """Leave out what no goal needs and takes long: seconds to import, megabytes to send."""
    if cell.subject == "litellm":
        return cell.measurement == "caller" and cell.case == "small"
    if cell.case == "large":
        own = cell.subject in ("llmlog", "opentelemetry")
        return own if cell.measurement == "caller" else cell.subject in _FAST
    return cell.case != "10000000" and cell.options.get("mode", "memory") == "memory"


_FAST = ("llmlog", "langsmith", "posthog", "floor")


def _callers(share: float) -> Iterator[Cell]:
    counts = {"small": 4000, "medium": 2000, "large": 600}
    for case, count in counts.items():
        for subject in subjects():
            slow = 0.25 if subject == "litellm" else 1.0
            size = max(100, int(count * share * slow))
            yield Cell(measurement="caller", subject=subject, case=case, count=size)


def _growth(share: float) -> Iterator[Cell]:
    yield Cell(measurement="caller", count=int(2000 * share), more={"pace_s": 0.004})
    for size in SIZES:
        count = 400 if int(size) <= 100_000 else 100 if int(size) <= 1_000_000 else 20
        yield Cell(measurement="caller", case=size, count=max(20, int(count * share)),
                   more={"pace_s": 0.02})  # fmt: skip
    for plugins in (1, 5, 10, 40):
        yield Cell(measurement="caller", count=int(2000 * share), options={"plugins": plugins},
                   more={"pace_s": 0.004})  # fmt: skip
    for mode in ("slow", "hang", "fail"):
        yield Cell(measurement="fault", count=max(600, int(6000 * share)),
                   more={"pace_s": 0.004, "sink": mode})  # fmt: skip


def _loops(share: float) -> Iterator[Cell]:
    for subject in ("nothing", *subjects()):
        if subject == "litellm":
            continue  # it runs an event loop of its own here
        yield Cell(measurement="lag", subject=subject, case="medium", count=int(5000 * share))
        if subject != "nothing":
            yield Cell(measurement="application", subject=subject, count=int(2000 * share))


def _rates(share: float) -> Iterator[Cell]:
    counts = {"small": 20_000, "medium": 8000, "large": 1000}
    for case, count in counts.items():
        for subject in (*subjects(), "floor"):
            slow = 0.02 if subject == "litellm" else 1.0
            size = max(100, int(count * share * slow))
            yield Cell(measurement="rate", subject=subject, case=case, count=size)
            if subject in _PACKING:
                yield Cell(measurement="rate", subject=subject, case=case, count=size,
                           options=_PACKING[subject])  # fmt: skip
        yield Cell(measurement="stage", case=case, count=200)


def _own(share: float) -> Iterator[Cell]:
    count = int(8000 * share)
    for plugins in (1, 5, 10, 40):
        yield Cell(measurement="rate", count=count, options={"plugins": plugins})
    for content in ("full", "masked", "none"):
        for case in ("small", "medium"):
            yield Cell(measurement="rate", case=case, count=count // 4,
                       options={"content": content})  # fmt: skip
    for mode in MODES:
        yield Cell(measurement="rate", count=count // 4, options={"mode": mode})
        yield Cell(measurement="caller", count=int(1000 * share), options={"mode": mode},
                   more={"pace_s": 0.004})  # fmt: skip
    for case in ("small", "medium"):
        yield Cell(measurement="encoding", case=case)


def _starts(rounds: int) -> Iterator[Cell]:
    for module, distribution in IMPORTS.items():
        if present(distribution):
            yield Cell(measurement="startup", subject=module, count=rounds)
    for plugins in (1, 10):
        yield Cell(measurement="startup", count=rounds, more={"plugins": plugins})
