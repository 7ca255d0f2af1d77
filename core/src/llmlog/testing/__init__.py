"""What plugins and applications test with: samples, a scripted endpoint, the contract.

Needs the extra `llmlog[testing]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlog.testing.endpoint import Answer, Received, ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample

if TYPE_CHECKING:
    from llmlog.testing.contract import ExporterContract, PluginContract

__all__ = [
    "SAMPLES", "Answer", "ExporterContract", "PluginContract", "Received", "ScriptedEndpoint",
    "sample",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in ("ExporterContract", "PluginContract"):
        from llmlog.testing import contract

        value: object = getattr(contract, name)
        return value
    message = f"module 'llmlog.testing' has no attribute {name!r}"
    raise AttributeError(message)
