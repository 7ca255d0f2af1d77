"""The run: opened at the first batch, with metrics per call and tables that grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import wandb
from attrs import define, field

from llmlog import Payload
from llmlog.guard import describe, guarded
from llmlog_wandb.record import COLUMNS, metrics, row
from llmlog_wandb.settings import Settings

T = TypeVar("T")


class RefusedError(Exception):
    """W&B does not take the run as it is set up."""


@define(eq=False)
class Journal:
    """One run of W&B. Raises `ConnectionError` when its service process is gone."""

    settings: Settings = field(repr=False)
    _run: wandb.Run | None = None
    _table: wandb.Table | None = None
    _tables: int = 0
    _parts: int = 0
    _calls: Counter[str] = field(factory=Counter)

    def open(self) -> wandb.Run:
        """Return the run; begin it at the first time. Raises `RefusedError`."""
        if self._run is None:
            self._run = _called(_begin, self.settings)
        return self._run

    def log(self, batch: Sequence[Payload]) -> None:
        """Log a step per call; the first one takes the rows of all, as only they may be refused."""
        rows = [row(payload) for payload in batch]
        steps = [metrics(payload, self.settings.prefix) for payload in batch]
        run = self.open()
        for payload, step in zip(batch, steps, strict=True):
            self._calls[payload.status] += 1
            step[f"{self.settings.prefix}/calls_{payload.status}"] = self._calls[payload.status]
        _called(self._write, run, rows, steps)

    def _write(
        self, run: wandb.Run, rows: Sequence[Sequence[Any]], steps: Sequence[dict[str, Any]]
    ) -> None:
        table = self._next_table(len(rows))
        for cells in rows:
            table.add_data(*cells)
        first, *others = steps
        run.log({**first, self._table_key(): table})
        for step in others:
            run.log(step)

    def _next_table(self, rows: int) -> wandb.Table:
        """Return the table to go on with; a long one is left, as wandb keeps its rows in memory."""
        full = self._parts >= self.settings.table_parts
        if self._table is None or full or len(self._table.data) + rows > self.settings.table_rows:
            self._table = wandb.Table(columns=list(COLUMNS), log_mode="INCREMENTAL")
            self._tables, self._parts = self._tables + 1, 0
        self._parts += 1
        return self._table

    def _table_key(self) -> str:
        number = f"_{self._tables}" if self._tables > 1 else ""
        return f"{self.settings.prefix}/records{number}"

    def close(self) -> None:
        """End the run; it waits for uploads no longer than the settings allow.

        A service process that is gone is forgotten, as wandb would not start another one. All
        runs of this process have ended with it.
        """
        if self._run is not None:
            run, self._run = self._run, None
            lost = guarded(run.finish, otherwise=lambda problem: problem)
            if isinstance(lost, OSError):
                guarded(wandb.teardown, otherwise=lambda _: None)


def _begin(settings: Settings) -> wandb.Run:
    """Begin a run. What wandb says no to it has tried for `init_timeout` itself."""
    try:
        return wandb.init(settings=wandb.Settings(**settings.run))
    except (wandb.Error, ValueError) as problem:
        raise RefusedError(describe(problem)) from problem


def _called(function: Callable[..., T], *arguments: Any) -> T:
    return guarded(function, *arguments, otherwise=_gone)


def _gone(problem: BaseException) -> NoReturn:
    if isinstance(problem, RefusedError):
        raise problem
    message = f"wandb: {describe(problem)}"
    raise ConnectionError(message) from problem
