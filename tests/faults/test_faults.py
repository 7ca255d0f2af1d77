"""The contract bites: it passes on sound plugins, and each seeded fault is seen by a clause."""

from __future__ import annotations

import pytest

from faults import core_faults, plugin_faults
from faults.contracts import TestClient, TestHooks, TestHTTP, TestInstrumentor
from faults.fault import FAULTS, Fault, run

__all__ = ["TestClient", "TestHTTP", "TestHooks", "TestInstrumentor"]

ENOUGH = 40


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= ENOUGH
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for module in (core_faults, plugin_faults):
        assert any(fault.seed.__module__ == module.__name__ for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_the_fault_is_seen(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.seed(monkeypatch)
    reports = run(fault.contract, fault.clause)
    assert reports.failed, f"{fault.clause} passed: {reports.passed}"
    print(reports.failed[0])
