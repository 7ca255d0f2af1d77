"""On what it was measured: in words that tell nothing of where."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from subject import PEERS

_NAMES = ("llmlog", "orjson", "httpx", "attrs", "genai-prices", *PEERS.values())


def described() -> dict[str, Any]:
    """Return the kind of machine and the versions of what was measured."""
    return {
        "system": platform.system(), "processor": platform.machine(),
        "cores": os.cpu_count(), "python": platform.python_version(), "load": _load(),
        "versions": {name: found for name in _NAMES if (found := _version(name))},
    }  # fmt: skip


def _load() -> float | None:
    """Return how many programs want a core as it begins; None where nobody counts them."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def line(machine: dict[str, Any]) -> str:
    """Return one line for the foot of a plot."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    busy = "" if machine.get("load") is None else f" with a load of {machine['load']:g} before"
    return (f"{machine['system']} on {machine['processor']}, {machine['cores']} cores{busy}, "
            f"Python {machine['python']}; {versions}")  # fmt: skip
