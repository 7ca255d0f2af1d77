"""What plugins and applications test with: samples, a scripted endpoint, faults, the contract.

Needs the extra `llmlog[testing]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlog.testing.alerts import ALERTS
from llmlog.testing.endpoint import Answer, Received, ScriptedEndpoint
from llmlog.testing.golden import check_golden
from llmlog.testing.proxy import FAULTS, Fault, FaultProxy
from llmlog.testing.samples import SAMPLES, sample

if TYPE_CHECKING:
    from llmlog.testing.contract import (
        AlertContract,
        BridgeContract,
        ClientContract,
        CoverageContract,
        Covered,
        ExporterContract,
        HookContract,
        InstrumentorContract,
        MetricContract,
        OTLPContract,
        PluginContract,
        TakesAlerts,
    )

_CONTRACTS = (
    "AlertContract", "BridgeContract", "ClientContract", "CoverageContract", "Covered",
    "ExporterContract", "HookContract", "InstrumentorContract", "MetricContract", "OTLPContract",
    "PluginContract", "TakesAlerts",
)  # fmt: skip
__all__ = [
    "ALERTS", "FAULTS", "SAMPLES", "AlertContract", "Answer", "BridgeContract", "ClientContract",
    "CoverageContract", "Covered", "ExporterContract", "Fault", "FaultProxy", "HookContract",
    "InstrumentorContract", "MetricContract", "OTLPContract", "PluginContract", "Received",
    "ScriptedEndpoint", "TakesAlerts", "check_golden", "sample",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _CONTRACTS:
        from llmlog.testing import contract

        value: object = getattr(contract, name)
        return value
    message = f"module 'llmlog.testing' has no attribute {name!r}"
    raise AttributeError(message)
