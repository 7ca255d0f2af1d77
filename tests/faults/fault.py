"""What a fault is, and how the contract is run on it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import field, frozen

CONTRACTS = Path(__file__).with_name("contracts.py")
FAULTS: list[Fault] = []
Seed = Callable[[pytest.MonkeyPatch], None]


@frozen
class Fault:
    """Something wrong, and the clause of a sample's contract that must see it."""

    contract: str
    clause: str
    seed: Seed

    @property
    def name(self) -> str:
        """Return what is wrong."""
        return self.seed.__name__


def seen_by(contract: str, clause: str) -> Callable[[Seed], Seed]:
    """Register a fault: a function that breaks something for the time of a test."""

    def register(seed: Seed) -> Seed:
        FAULTS.append(Fault(contract, clause, seed))
        return seed

    return register


@frozen
class Reports:
    """A pytest plugin that collects what became of each test."""

    failed: list[str] = field(factory=list)
    passed: list[str] = field(factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test's outcome."""
        if report.failed:
            self.failed.append(str(report.longrepr))
        elif report.passed and report.when == "call":
            self.passed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Let nothing fail quietly."""
        assert report.passed, report.longrepr


def run(contract: str, clause: str) -> Reports:
    """Run one clause of a sample's contract in this process."""
    reports = Reports()
    options = ["-x", "-q", "-s", "-c", str(CONTRACTS.with_name("empty.ini")), "--rootdir",
               str(CONTRACTS.parent), "-p", "no:cacheprovider", "-p", "no:xdist",
               "-o", "python_classes=" + contract, "--import-mode=importlib"]  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*options, f"{CONTRACTS}::{contract}::{clause}"], plugins=[reports])
    return reports
