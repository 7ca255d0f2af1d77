"""The contract: what every plugin promises, as tests that a plugin's test class inherits.

    class TestContract(ExporterContract):
        exporter = exporter
        settings = {"api_key": "fake", "endpoint": "{url}"}

`{url}` stands for the place where the test wants the records: the address of a scripted endpoint
for an `HTTPExporter`, a folder for any other form.
"""

from __future__ import annotations

from llmlog.testing.contract.alerts import AlertContract, TakesAlerts
from llmlog.testing.contract.bridge import BridgeContract
from llmlog.testing.contract.canary import CANARY, awkward, with_canary
from llmlog.testing.contract.client import ClientContract
from llmlog.testing.contract.coverage import CoverageContract, Covered
from llmlog.testing.contract.exporter import ExporterContract
from llmlog.testing.contract.hooks import HookContract, MetricContract
from llmlog.testing.contract.instrumentor import InstrumentorContract
from llmlog.testing.contract.manners import complaint
from llmlog.testing.contract.matrix import ClientMatrix, ExporterMatrix, MatrixContract
from llmlog.testing.contract.otlp import OTLPContract
from llmlog.testing.contract.plugin import PluginContract, lane_stats

CONTRACTS = (
    PluginContract, ExporterContract, OTLPContract, ClientContract, HookContract, MetricContract,
    InstrumentorContract, AlertContract, CoverageContract, BridgeContract,
)  # fmt: skip

__all__ = [
    "CANARY", "CONTRACTS", "AlertContract", "BridgeContract", "ClientContract", "ClientMatrix",
    "CoverageContract", "Covered", "ExporterContract", "ExporterMatrix", "HookContract",
    "InstrumentorContract", "MatrixContract", "MetricContract", "OTLPContract", "PluginContract",
    "TakesAlerts", "awkward", "complaint", "lane_stats", "with_canary",
]  # fmt: skip
