"""The contract bites: it passes on sound plugins, and each seeded fault is seen by a clause."""

from __future__ import annotations

import pytest

from faults import core_faults, form_faults, plugin_faults
from faults.contracts import (
    TestAlerts,
    TestBridge,
    TestClient,
    TestCoverage,
    TestHooks,
    TestHTTP,
    TestInstrumentor,
    TestOTLP,
)
from faults.fault import FAULTS, Fault, run
from llmlog.testing.contract import CONTRACTS

__all__ = [
    "TestAlerts", "TestBridge", "TestClient", "TestCoverage", "TestHTTP", "TestHooks",
    "TestInstrumentor", "TestOTLP",
]  # fmt: skip

ENOUGH = 40


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= ENOUGH
    assert len({(fault.name, fault.clause) for fault in FAULTS}) == len(FAULTS)
    for module in (core_faults, form_faults, plugin_faults):
        assert any(fault.seed.__module__ == module.__name__ for fault in FAULTS)


def test_every_clause_sees_a_fault() -> None:
    seen = {fault.clause for fault in FAULTS}
    clauses = {name for cls in CONTRACTS for name in dir(cls) if name.startswith("test_")}
    assert seen == clauses


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_the_fault_is_seen(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.seed(monkeypatch)
    reports = run(fault.contract, fault.clause)
    assert reports.failed, f"{fault.clause} passed: {reports.passed}"
    print(reports.failed[0])
