"""What plugins and applications test with: samples, a scripted endpoint, faults, the contract.

Needs the extra `llmlog[testing]`.
"""

from __future__ import annotations

from importlib import import_module
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
    from llmlog.testing.records import Records
    from llmlog.testing.strategies import payloads
    from llmlog.testing.virtual import VirtualClock

_CONTRACTS = (
    "AlertContract", "BridgeContract", "ClientContract", "CoverageContract", "Covered",
    "ExporterContract", "HookContract", "InstrumentorContract", "MetricContract", "OTLPContract",
    "PluginContract", "TakesAlerts",
)  # fmt: skip
_LATER = {"Records": "records", "VirtualClock": "virtual", "payloads": "strategies"}
"""Names that need more than most tests do, and the modules they are in."""
__all__ = [
    "ALERTS", "FAULTS", "SAMPLES", "AlertContract", "Answer", "BridgeContract", "ClientContract",
    "CoverageContract", "Covered", "ExporterContract", "Fault", "FaultProxy", "HookContract",
    "InstrumentorContract", "MetricContract", "OTLPContract", "PluginContract", "Received",
    "Records", "ScriptedEndpoint", "TakesAlerts", "VirtualClock", "check_golden", "payloads",
    "sample",
]  # fmt: skip


def __getattr__(name: str) -> object:
    module = "contract" if name in _CONTRACTS else _LATER.get(name)
    if module is not None:
        value: object = getattr(import_module(f"llmlog.testing.{module}"), name)
        return value
    message = f"module 'llmlog.testing' has no attribute {name!r}"
    raise AttributeError(message)
