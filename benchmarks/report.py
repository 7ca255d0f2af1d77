"""Numbers as tables of text: medians, with the spread of the rounds behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from goal import goals
from machine import line

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "caller": ("p50_us", "p99_us", "p999_us", "max_us", "to_logging", "to_json"),
    "fault": ("p50_us", "p99_us", "well_p50_us", "well_p99_us", "p50_ratio", "p99_ratio"),
    "application": ("bare_p50_us", "p50_ratio", "p99_ratio", "p999_ratio", "added_mean_us"),
    "lag": ("p50_us", "p99_us", "caused_p99_us", "p999_us", "max_us"),
    "rate": ("events_per_s", "lost", "cpu_us", "recorded_per_s", "wire_bytes", "peak_mib"),
    "startup": ("ms", "mib"),
}


def tables(result: Mapping[str, Any]) -> str:
    """Return all tables, and the goals."""
    cells = result["cells"]
    kinds = dict.fromkeys(cell["measurement"] for cell in cells)
    parts = [line(result["machine"]), f"rounds: {result['rounds']}"]
    for kind in kinds:
        parts += ["", kind, *_table(kind, [c for c in cells if c["measurement"] == kind])]
    parts += ["", "goals", *(f"  {goal}" for goal in goals(cells))]
    return "\n".join(parts) + "\n"


def _table(kind: str, cells: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    columns = _COLUMNS.get(kind)
    if columns is None:
        for cell in cells:
            for name, number in sorted(cell["numbers"].items(), key=lambda row: row[1]["median"]):
                yield f"  {cell['case']:8} {name:46} {number['median']:10.1f}"
        return
    yield f"  {'':8} {'':46} " + " ".join(f"{name:>16}" for name in columns)
    for cell in cells:
        numbers = " ".join(f"{_shown(cell['numbers'][name]):>16}" for name in columns)
        yield f"  {cell['case']:8} {cell['label'][:46]:46} {numbers}"


def _shown(number: Mapping[str, float]) -> str:
    """Return a median, with half of its spread in per cent where there is one."""
    median, spread = number["median"], number["high"] - number["low"]
    text = f"{median:.2f}" if abs(median) < 100 else f"{median:.0f}"
    return f"{text} ±{spread / abs(median) * 50:.0f}%" if spread and median else text
