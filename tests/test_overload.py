"""The short forms of measurements whose bounds are promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("arguments", [(), ("--mode", "spool"), ("--size", "200000", "--rate", "20"),
                                       ("--size", "10")])  # fmt: skip
def test_ten_times_overload_stays_within_its_memory(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "overload.py"), "--seconds", "4",
         "--budget-mib", "3", *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
