"""The goals, and what a run says of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

Cells = Sequence[Mapping[str, Any]]


@frozen
class Goal:
    """A figure that should be at most, or at least, another."""

    what: str
    figure: float
    bound: float
    least: bool = False

    @property
    def bounded(self) -> str:
        """Return the bound in words."""
        return f"at {'least' if self.least else 'most'} {self.bound:.3g}"

    @property
    def met(self) -> bool:
        """Say whether it is met."""
        return self.figure >= self.bound if self.least else self.figure <= self.bound

    def __str__(self) -> str:
        word = "met    " if self.met else "NOT MET"
        return f"{word} {self.what}: {self.figure:.3g} ({self.bounded})"


def find(  # noqa: PLR0913, PLR0917  # what names a cell
    cells: Cells, measurement: str, number: str, subject: str = "llmlog",
         case: str = "small", label: str | None = None) -> float | None:  # fmt: skip
    """Return a median, None where it was not measured."""
    for cell in cells:
        wanted = cell["label"] == (label or subject)
        if cell["measurement"] == measurement and cell["case"] == case and wanted:
            median: float = cell["numbers"][number]["median"]
            return median
    return None


def goals(cells: Cells) -> Iterator[Goal]:
    """Yield those goals for which everything was measured."""
    for make in (_caller, _growth, _faults, _rates, _rest):
        yield from make(cells)


def _over(cells: Cells, *sides: Callable[[Cells], float | None]) -> float | None:
    upper, lower = (side(cells) for side in sides)
    return None if upper is None or not lower else upper / lower


def _goal(what: str, figure: float | None, bound: float, *, least: bool = False) -> Iterable[Goal]:
    return () if figure is None else (Goal(what, figure, bound, least=least),)


def _p50(subject: str, case: str = "small", label: str | None = None) -> Callable[[Cells], Any]:
    return lambda cells: find(cells, "caller", "to_logging", subject, case, label)


def _caller(cells: Cells) -> Iterator[Goal]:
    yield from _goal("caller p50 over logging through a QueueHandler",
                     find(cells, "caller", "to_logging"), 1.0)  # fmt: skip
    for case, bound in (("small", 0.25), ("large", 0.01)):
        ratio = _over(cells, _p50("llmlog", case), _p50("opentelemetry", case))
        yield from _goal(f"caller p50 over OpenTelemetry's, {case}", ratio, bound)
    ratio = _over(cells, _p50("llmlog"), _p50("litellm"))
    yield from _goal("caller p50 over what LiteLLM's logging takes", ratio, 0.05)
    idle = "llmlog (pace_s=0.004)"
    ratio = _over(cells, lambda c: find(c, "caller", "p99_us", label=idle),
                  lambda c: find(c, "caller", "p50_us", label=idle))  # fmt: skip
    yield from _goal("caller p99 over p50, exporters idle", ratio, 5.0)


def _growth(cells: Cells) -> Iterator[Goal]:
    label = "llmlog (pace_s=0.02)"
    ratio = _over(cells, _p50("llmlog", "1000000", label), _p50("llmlog", "100", label))
    yield from _goal("caller p50, 1 MB over 100 B", ratio, 1.2)
    many, one = (f"llmlog (plugins={count}, pace_s=0.004)" for count in (40, 1))
    ratio = _over(cells, _p50("llmlog", label=many), _p50("llmlog", label=one))
    yield from _goal("caller p50, 40 plugins over 1", ratio, 1.2)


def _faults(cells: Cells) -> Iterator[Goal]:
    for sink in ("slow", "hang", "fail"):
        ratio = find(cells, "fault", "p99_ratio", label=f"llmlog (pace_s=0.004, sink={sink})")
        yield from _goal(f"caller p99, sink that is {sink} over healthy", ratio, 1.2)


def _rates(cells: Cells) -> Iterator[Goal]:
    for case in ("small", "medium", "large"):
        own = find(cells, "rate", "events_per_s", case=case)
        others = peers(cells, case)
        if own and others:
            yield Goal(f"events/s over the fastest peer's, {case}", own / max(others.values()), 3.0,
                       least=True)  # fmt: skip
            lost = find(cells, "rate", "lost", case=case)
            yield from _goal(f"events lost, {case}", lost, 0)
    one, ten = (find(cells, "rate", "events_per_s", label=f"llmlog (plugins={count})")
                for count in (1, 10))  # fmt: skip
    if one and ten:
        yield Goal("events/s with 10 plugins over 1", ten / one, 1 / 3, least=True)


def peers(cells: Cells, case: str, number: str = "events_per_s") -> dict[str, float]:
    """Return a figure of every peer, in each way in which it was measured."""
    return {
        cell["label"]: cell["numbers"][number]["median"] for cell in cells
        if (cell["measurement"], cell["case"]) == ("rate", case)
        and cell["subject"] not in ("llmlog", "floor")
    }  # fmt: skip


def _rest(cells: Cells) -> Iterator[Goal]:
    lag_us = find(cells, "lag", "caused_p99_us", case="medium")
    yield from _goal("event-loop lag caused at 1,000 events of 8 KB a second, p99, ms",
                     lag_us if lag_us is None else lag_us / 1000, 2.0)  # fmt: skip
    ratio = _over(cells, lambda c: find(c, "startup", "ms"),
                  lambda c: find(c, "startup", "ms", "httpx"))  # fmt: skip
    yield from _goal("import llmlog over import httpx", ratio, 0.5)
    rest = find(cells, "startup", "mib", label="llmlog (plugins=10)")
    yield from _goal("MiB at rest with 10 plugins", rest, 30)
