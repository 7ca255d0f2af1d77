"""The run: opened at the first batch, with metrics per call, and rows of tables that grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import wandb
from attrs import define, field

from llmlog import Cost, Payload, Refused
from llmlog.encoding import dumps_text
from llmlog.guard import describe, guarded
from llmlog.instant import utc
from llmlog.naming import renamed
from llmlog.wording import talk

if TYPE_CHECKING:
    from llmlog_wandb import Settings


TOKENS = {
    "input_tokens": "total_input_tokens", "cache_read_tokens": "cache_read_tokens",
    "output_tokens": "total_output_tokens", "reasoning_tokens": "reasoning_tokens",
    "total_tokens": "total_tokens",
}  # fmt: skip


@define(eq=False)
class Journal:
    """One run of W&B. Raises `ConnectionError` when its service process is gone."""

    settings: Settings = field(repr=False)
    _run: wandb.Run | None = None
    _table: wandb.Table | None = None
    _tables: int = 0
    _parts: int = 0
    _calls: Counter[str] = field(factory=Counter)

    def log(self, batch: Sequence[Payload]) -> Refused | None:
        """Log a step per call; the first one takes the rows of all, as only they may be refused.

        W&B's service process uploads them. The run begins at the first time.
        """
        prefix, rows = self.settings.prefix, [row(payload) for payload in batch]
        steps: list[dict[str, Any]] = [metrics(payload, prefix) for payload in batch]
        run = self._run or guarded(_begin, self.settings, otherwise=_gone)
        if isinstance(run, Refused):
            return run
        self._run = run
        for payload, step in zip(batch, steps, strict=True):
            self._calls[payload.status] += 1
            step[f"{prefix}/calls_{payload.status}"] = self._calls[payload.status]
        return guarded(self._write, run, rows, steps, otherwise=_gone)

    def _write(
        self, run: wandb.Run, rows: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]]
    ) -> None:
        table = self._next_table(rows)
        for cells in rows:
            table.add_data(*cells.values())
        number = f"_{self._tables}" if self._tables > 1 else ""
        steps[0][f"{self.settings.prefix}/records{number}"] = table
        for step in steps:
            run.log(step)

    def _next_table(self, rows: Sequence[dict[str, Any]]) -> wandb.Table:
        """Return the table to go on with; a long one is left, as wandb keeps its rows in memory."""
        own, wanted = self.settings, len(rows) + (len(self._table.data) if self._table else 0)
        if self._table is None or self._parts >= own.table_parts or wanted > own.table_rows:
            self._table = wandb.Table(columns=list(rows[0]), log_mode="INCREMENTAL")
            self._tables, self._parts = self._tables + 1, 0
        self._parts += 1
        return self._table

    def close(self) -> None:
        """End the run; it waits for uploads no longer than the settings allow.

        A service process that is gone is forgotten, as wandb would not start another one. All
        runs of this process have ended with it.
        """
        if self._run is not None:
            lost = guarded(self._run.finish, otherwise=lambda problem: problem)
            self._run = None
            if isinstance(lost, OSError):
                guarded(wandb.teardown, otherwise=lambda _: None)


def _begin(settings: Settings) -> wandb.Run | Refused:
    """Begin a run. What wandb says no to it has tried for `init_timeout` itself."""
    try:
        return wandb.init(settings=wandb.Settings(**settings.run))
    except (wandb.Error, ValueError) as problem:
        return Refused(describe(problem))


def _gone(problem: BaseException) -> NoReturn:
    message = f"wandb: {describe(problem)}"
    raise ConnectionError(message) from problem


def metrics(payload: Payload, prefix: str) -> dict[str, float]:
    """Return what can be drawn of a call, under names that begin with the prefix.

    `_timestamp` is when the call ended, in place of the time at which it is logged.
    """
    cost, timing = payload.cost, payload.timing
    found: dict[str, Any] = {
        "latency_s": timing.duration_s, "time_to_first_token_s": timing.first_token_s,
        **renamed(payload.tokens, TOKENS),
        **({f"cost_{cost.currency.lower()}": cost.total} if cost else {}),
    }  # fmt: skip
    known = {f"{prefix}/{name}": value for name, value in found.items() if value is not None}
    return known | {"_timestamp": timing.end_unix_ns / 1e9}


def row(payload: Payload) -> dict[str, Any]:
    """Return the cells of a call by their columns."""
    usage, cost, timing = payload.tokens, payload.cost or Cost(), payload.timing
    return {
        "id": payload.id,
        "started_at": utc(timing.start_unix_ns).isoformat(timespec="milliseconds"),
        "kind": payload.kind, "status": payload.status, "name": payload.name,
        "provider": payload.provider_name, "model": payload.model,
        "input_tokens": usage.total_input_tokens, "output_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens, "cost": cost.total,
        "currency": None if cost.total is None else cost.currency,
        "time_to_first_token_s": timing.first_token_s, "latency_s": timing.duration_s,
        "finish_reasons": ", ".join(payload.finish_reasons) or None,
        "error": payload.error and payload.error.words,
        "session": payload.session_id, "user": payload.user_id,
        "tags": ", ".join(payload.tags) or None,
        "input": talk(payload.input_messages, payload.input_value),
        "output": talk(payload.output_messages, payload.output_value),
        "record": dumps_text(payload),
    }  # fmt: skip
