"""Which tests run which lines of redaction, learned once, and how long each takes."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from types import FrameType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from attrs import frozen

ENOUGH = 5_000
"""After so many lines of one call, as in a long loop, all of its function are taken for reached."""


@frozen
class Reached:
    """What one test did: how many seconds it took, whether it passed, the lines by module."""

    seconds: float
    passed: bool
    lines: Mapping[str, Sequence[int]]


def forget(module: ModuleType) -> None:
    """Empty what the functions of a module remember, so that they run anew."""
    for value in tuple(vars(module).values()):
        with suppress(AttributeError):
            value.cache_clear()


def run(items: Sequence[pytest.Item]) -> Iterator[bool]:
    """Run tests one after the other; yield of each whether no part of it failed."""
    for at, item in enumerate(items, 1):
        after = items[at] if at < len(items) else None
        yield not any(report.failed for report in runtestprotocol(item, nextitem=after, log=False))


def learn(items: Sequence[pytest.Item], modules: Mapping[str, ModuleType]) -> list[Reached]:
    """Run these tests in a process of their own; return what each reached."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as stream:
            hush()
            json.dump(_watched(items, modules), stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = json.load(stream)
    os.waitpid(child, 0)
    return [Reached(*each) for each in told]


def hush() -> None:
    """Say nothing from now on."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)


def _watched(items: Sequence[pytest.Item], modules: Mapping[str, ModuleType]) -> list[list[Any]]:
    names = {str(module.__file__): name for name, module in modules.items()}
    seen: dict[str, set[int]] = {}

    def on_call(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ARG001
        name = names.get(frame.f_code.co_filename)
        if name is None:
            return None
        found, left = seen.setdefault(name, set()), count(ENOUGH, -1)

        def on_line(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                found.add(frame.f_lineno)
                if next(left) == 0:
                    frame.f_trace_lines = False
                    found.update(line for *_, line in frame.f_code.co_lines() if line)
            return on_line

        return on_line

    threading.settrace(on_call)
    made = []
    outcomes = run(items)
    for _ in items:
        seen.clear()
        for module in modules.values():
            forget(module)
        sys.settrace(on_call)
        begun = time.monotonic()
        good = next(outcomes)
        sys.settrace(None)
        lines = {name: sorted(seen.get(name, ())) for name in modules}
        made.append([time.monotonic() - begun, good, lines])
    return made
