"""What one more exporter costs: the time that each installed one takes to encode an event.

Every installed plugin that posts over HTTP is measured, whatever it is; settings that it needs get
made-up values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import orjson
from attrs import evolve
from case import CASES

from llmlog import HTTPExporter, Logger, Payload, Secret
from llmlog.completion import complete
from llmlog.registry import installed
from llmlog.schema import to_dict
from measure import Cell

BATCH, ROUNDS = 50, 15


def payload_of(name: str) -> Payload:
    """Return a finished payload, as plugins see it."""
    made: list[Any] = []
    logger = Logger(plugins=[], environ={}, file=False)
    logger.submit = made.append  # type: ignore[method-assign]
    case = CASES[name]
    with logger.call(kind="chat", model="gpt-4o-mini", provider="openai", session="s", user="u",
                     messages=case.messages) as call:  # fmt: skip
        call.finish(case.response)
    return complete(made[0], logger._parts.facts)  # noqa: SLF001  # as its own thread does


def _settings(kind: Any) -> Any:
    """Return settings with made-up values where there is no default."""
    return kind(**{
        item.name: Secret("fake-value-0000") if "Secret" in str(item.type) else
        "http://127.0.0.1:9" if "url" in item.name or "endpoint" in item.name else "fake"
        for item in attrs.fields(kind) if item.default is attrs.NOTHING
    })  # fmt: skip


def _least_us(function: Callable[[Sequence[Payload]], object], payload: Payload) -> float:
    """Return processor time per event; each batch has new payloads: nothing is remembered."""
    times = []
    for _ in range(ROUNDS):
        batch = [evolve(payload) for _ in range(BATCH)]
        began = time.process_time()
        function(batch)
        times.append((time.process_time() - began) / BATCH * 1e6)
    return min(times)


def measure(cell: Cell) -> dict[str, float]:
    """Return microseconds per event, by plugin."""
    payload = payload_of(cell.case)
    value = to_dict(payload)
    made = {"orjson.dumps": _least_us(lambda batch: [orjson.dumps(value) for _ in batch], payload)}
    for name, plugin in sorted(installed().items()):
        try:
            exporter = plugin.load()
            if isinstance(exporter, HTTPExporter):
                settings = _settings(exporter.settings)
                made[name] = _least_us(lambda batch: exporter.encode(settings, batch), payload)  # noqa: B023
        except Exception as problem:  # noqa: BLE001  # what cannot be set up here is not measured
            print(f"{name}: not measured: {type(problem).__name__}: {problem}")  # noqa: T201
    return made
