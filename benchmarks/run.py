"""Measure llmlog and its peers side by side; print ratios, write JSON, draw plots.

    python benchmarks/run.py                       # all of it, two rounds: about twenty minutes
    python benchmarks/run.py --quick               # a tenth of the events, one round: a few minutes
    python benchmarks/run.py --only caller rate    # some measurements
    python benchmarks/run.py --plots docs/plots    # where plots go; nowhere without it

Every cell runs in a process of its own, and the rounds take turns over all of them, so that what
else the machine does falls on all alike. Read ratios, not digits.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict
from machine import described
from measure import Cell
from page import rewrite
from plan import cells
from plot import draw
from report import tables
from spread import summary

FIGURES = "figures.json"
"""Beside the plots: what the tables in the page that shows them are made of."""
PAGE = "performance.md"
WORKER = Path(__file__).with_name("worker.py")


def measured(cell: Cell, timeout_s: float) -> dict[str, float] | None:
    """Return the numbers of one cell; None, with a word on standard error, if it fails."""
    command = [sys.executable, str(WORKER), json.dumps(asdict(cell))]
    try:
        run = subprocess.run(command, check=True, capture_output=True, text=True,
                             timeout=timeout_s)  # fmt: skip
    except subprocess.SubprocessError as problem:
        last = (getattr(problem, "stderr", "") or "").strip().splitlines()[-1:]
        sys.stderr.write(f"{cell.measurement} {cell.label} {cell.case}: failed: {last}\n")
        return None
    numbers: dict[str, float] = json.loads(run.stdout.strip().splitlines()[-1])
    return numbers


def gathered(plan: Sequence[Cell], rounds: int, timeout_s: float) -> Iterator[list[dict[str, Any]]]:
    """Yield after each round every cell, with the median and the spread of its numbers so far."""
    found: list[list[dict[str, float]]] = [[] for _ in plan]
    for turn in range(rounds):
        for cell, runs in zip(plan, found, strict=True):
            began = time.monotonic()
            numbers = measured(cell, timeout_s)
            if numbers is not None:
                runs.append(numbers)
            told = f"{turn + 1}/{rounds} {cell.measurement:12} {cell.case:8} {cell.label:40}"
            sys.stderr.write(f"{told} {time.monotonic() - began:5.1f} s\n")
        yield [_summed(cell, runs) for cell, runs in zip(plan, found, strict=True) if runs]


def _summed(cell: Cell, runs: Sequence[dict[str, float]]) -> dict[str, Any]:
    numbers = {name: summary([each[name] for each in runs if name in each]) for name in runs[0]}
    return {**asdict(cell), "label": cell.label, "numbers": numbers}


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the events, one round")
    parser.add_argument("--share", type=float, help="share of the events: 0.5, or 0.1 with --quick")
    parser.add_argument("--only", nargs="+", help="names of measurements")
    parser.add_argument("--subjects", nargs="+", help="names of subjects")
    parser.add_argument("--first", type=int, help="only so many cells of each measurement")
    parser.add_argument("--rounds", type=int, help="how often each cell is measured")
    parser.add_argument("--json", type=Path, default=Path("benchmark.json"), help="where to write")
    parser.add_argument("--plots", type=Path, help="directory for plots")
    given = parser.parse_args()
    plan = [cell for cell in cells(quick=given.quick, share=given.share)
            if (not given.only or cell.measurement in given.only)
            and (not given.subjects or cell.subject in given.subjects)]  # fmt: skip
    if given.first:
        plan = [cell for number, cell in enumerate(plan) if given.first > sum(
            before.measurement == cell.measurement for before in plan[:number])]  # fmt: skip
    rounds = given.rounds or (1 if given.quick else 2)
    result: dict[str, Any] = {"machine": described(), "rounds": 0, "cells": []}
    for cells_ in gathered(plan, rounds, 60 if given.quick else 300):
        result |= {"rounds": result["rounds"] + 1, "cells": cells_}
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(tables(result))
    if given.plots:
        draw(result, given.plots)
        (given.plots / FIGURES).write_text(_short(result), encoding="utf-8")
        if (page := given.plots.parent / PAGE).exists():
            rewrite(page, result)


def _short(result: dict[str, Any]) -> str:
    """Return a result as JSON, a line for each cell."""
    cells_ = ",\n".join(json.dumps(cell) for cell in result["cells"])
    machine, rounds = json.dumps(result["machine"]), result["rounds"]
    return f'{{"machine": {machine},\n"rounds": {rounds},\n"cells": [\n{cells_}\n]}}\n'


if __name__ == "__main__":
    main()
