"""Plots as SVG: bars from a left edge, on a logarithmic scale where figures lie far apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from attrs import frozen
from machine import line

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 230, 90, 22, 56
OWN, OTHER = "#0b6e4f", "#9aa5b1"


@frozen
class Plot:
    """What one plot shows: which number of which cells."""

    name: str
    title: str
    measurement: str
    number: str
    case: str
    own: bool = False


PLOTS = (
    Plot("caller-small", "Added on the caller, small payload, p50, microseconds", "caller",
         "p50_us", "small"),
    Plot("caller-large", "Added on the caller, 200 KB, p50, microseconds", "caller", "p50_us",
         "large"),
    Plot("caller-p99", "Added on the caller in a burst, small payload, p99, microseconds", "caller",
         "p99_us", "small"),
    Plot("rate-small", "Events a second until the sink has all, small payload", "rate",
         "events_per_s", "small"),
    Plot("rate-medium", "Events a second until the sink has all, 8 KB", "rate", "events_per_s",
         "medium"),
    Plot("rate-plugins", "llmlog: events a second by number of plugins", "rate", "events_per_s",
         "small", own=True),
    Plot("lag", "Event-loop lag at 1,000 events of 8 KB a second, p99, microseconds", "lag",
         "p99_us", "medium"),
    Plot("import", "Import, processor milliseconds", "startup", "ms", "small"),
)  # fmt: skip


def draw(result: Mapping[str, Any], directory: Path) -> None:
    """Write every plot that there are numbers for."""
    directory.mkdir(parents=True, exist_ok=True)
    foot = line(result["machine"])
    for plot in PLOTS:
        rows = _rows(plot, result["cells"])
        if rows:
            text = _svg(plot.title, rows, foot)
            (directory / f"{plot.name}.svg").write_text(text, encoding="utf-8")


def _rows(plot: Plot, cells: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, float]]]:
    return [
        (cell["label"], cell["numbers"][plot.number]) for cell in cells
        if (cell["measurement"], cell["case"]) == (plot.measurement, plot.case)
        and (_plugins(cell) if plot.own else not cell["options"] and not cell["more"])
    ]  # fmt: skip


def _plugins(cell: Mapping[str, Any]) -> bool:
    return set(cell["options"]) == {"plugins"} and not cell["more"]


def _svg(title: str, rows: Sequence[tuple[str, Mapping[str, float]]], foot: str) -> str:
    values = [number["median"] for _, number in rows]
    far = max(values) > 20 * min(values) > 0
    height = TOP + ROW * len(rows) + 44
    head = f"{title}{', logarithmic' if far else ''}"
    shown = escape(head)
    size = f'width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"',
        f'font-family="sans-serif" font-size="13" role="img" aria-label="{shown}">',
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="12" y="28" font-size="15" font-weight="bold" fill="#1f2933">{shown}</text>',
    ]
    for index, (label, number) in enumerate(rows):
        parts.append(_bar(TOP + ROW * index, label, number, _scale(values, far=far)))
    lines = [foot[at : at + 118] for at in range(0, len(foot), 118)][:2]
    parts += [f'<text x="12" y="{height - 24 + 14 * at}" font-size="10" fill="#616e7c">'
              f"{escape(each)}</text>" for at, each in enumerate(lines)]  # fmt: skip
    return "\n".join([*parts, "</svg>", ""])


def _scale(values: Sequence[float], *, far: bool) -> Any:
    room, highest, lowest = WIDTH - LEFT - RIGHT, max(values), min(values) / 2
    if not far:
        return lambda value: value / highest * room
    return lambda value: math.log(value / lowest) / math.log(highest / lowest) * room


def _bar(y: int, label: str, number: Mapping[str, float], width_of: Any) -> str:
    width = max(1.0, width_of(number["median"]))
    low, high = (LEFT + max(0.0, width_of(max(number[end], 1e-9))) for end in ("low", "high"))
    shown = f"{number['median']:,.1f}" if number["median"] < 1000 else f"{number['median']:,.0f}"
    color = OWN if label.startswith("llmlog") else OTHER
    return (
        f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end" fill="#1f2933">{escape(label)}</text>'
        f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{ROW - 8}" fill="{color}"/>'
        f'<path d="M{low:.1f} {y + 10}H{min(high, WIDTH - 4):.1f}" stroke="#1f2933"/>'
        f'<text x="{max(LEFT + width, high) + 6:.1f}" y="{y + 14}" fill="#1f2933">{shown}</text>'
    )
