"""A line on the terminal that says how far a long command is."""

from __future__ import annotations

import sys
from types import TracebackType

_WIDTH = 30


class Progress:
    """Use it as `with Progress("sending", total) as progress`; silent where no one looks."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(total, 1)
        self._shown = sys.stderr.isatty()

    def at(self, count: int) -> None:
        """Show how many are done."""
        if self._shown:
            full = min(_WIDTH, _WIDTH * count // self._total)
            bar = "#" * full + "." * (_WIDTH - full)
            sys.stderr.write(f"\r{self._what} [{bar}] {count}/{self._total}")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        if self._shown:
            sys.stderr.write("\n")
