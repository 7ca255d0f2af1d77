"""The figures in the documentation: tables made of a run, put between marks in a page.

A page has pairs of comments such as `<!-- figures: goals -->` and `<!-- end -->`; what stands
between them is replaced. Nobody types a number there.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from goal import find, goals, peers
from machine import line

Result = Mapping[str, Any]
_BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
CASES = {"small": "small", "medium": "8 KB", "large": "200 KB"}
STAGES = {
    "caller_us": "the caller", "complete_us": "completing the record", "weigh_us": "weighing it",
    "policy_us": "the policy, content in full", "event_us": "an event of it",
    "as_dict_us": "plain data of it", "json_us": "JSON of that",
}  # fmt: skip


def filled(page: str, result: Result) -> str:
    """Return a page with every block of figures as the run says."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]](result)}\n{found[3]}", page)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines) + "\n"


def _machine(result: Result) -> str:
    return f"{line(result['machine'])}. Rounds: {result['rounds']}.\n"


def _goals(result: Result) -> str:
    rows = [(goal.what, goal.bounded, f"{goal.figure:.3g}", "met" if goal.met else "**not met**")
            for goal in goals(result["cells"])]  # fmt: skip
    return _table(("what", "goal", "measured", ""), rows)


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def _by_case(labels: Iterable[str], number: str, result: Result, measurement: str) -> str:
    rows = []
    for label in labels:
        figures = [find(result["cells"], measurement, number, case=case, label=label)
                   for case in CASES]  # fmt: skip
        if any(figure is not None for figure in figures):
            rows.append((label, *map(_shown, figures)))
    return _table(("", *CASES.values()), rows)


def _rates(number: str) -> Callable[[Result], str]:
    def made(result: Result) -> str:
        others = dict.fromkeys(label for case in CASES for label in peers(result["cells"], case))
        own = ("floor", "llmlog", "llmlog (gzip=True)")
        return _by_case((*own, *others), number, result, "rate")

    return made


def _stages(result: Result) -> str:
    rows = []
    for number, what in STAGES.items():
        figures = [find(result["cells"], "stage", number, case=case) for case in CASES]
        rows.append((what, *map(_shown, figures)))
    whole = [find(result["cells"], "rate", "cpu_us", case=case) for case in CASES]
    rows.append(("all of it, garbage, threads and requests included", *map(_shown, whole)))
    return _table(("processor microseconds", *CASES.values()), rows)


def _content(result: Result) -> str:
    labels = [f"llmlog (content={content})" for content in ("full", "masked", "none")]
    return _by_case(labels, "cpu_us", result, "rate")


def _room(result: Result) -> str:
    rows = []
    for case, size in CASES.items():
        fastest = max(peers(result["cells"], case).values(), default=None)
        floor = find(result["cells"], "rate", "events_per_s", "floor", case)
        if fastest and floor:
            rows.append((size, f"{floor / fastest:.2g}"))
    return _table(("", "the floor's rate over the fastest peer's"), rows)


BLOCKS: Mapping[str, Callable[[Result], str]] = {
    "machine": _machine, "goals": _goals, "rates": _rates("events_per_s"),
    "processor": _rates("cpu_us"), "wire": _rates("wire_bytes"), "stages": _stages,
    "content": _content, "room": _room,
}  # fmt: skip


def rewrite(path: Path, result: Result) -> None:
    """Bring the figures of a page up to date."""
    path.write_text(filled(path.read_text(encoding="utf-8"), result), encoding="utf-8")


if __name__ == "__main__":
    rewrite(Path(sys.argv[2]), json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
