"""The benchmark runs, and says what it has to: its figures are for people to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "benchmarks" / "run.py"
MEASUREMENTS = ("caller", "fault", "application", "lag", "rate", "stage", "encoding", "startup")


def test_the_quick_form_measures_prints_and_draws(tmp_path: Path) -> None:
    for needed in ("orjson", "llmlog_http"):
        pytest.importorskip(needed)
    done = subprocess.run(
        [sys.executable, str(RUN), "--quick", "--first", "1", "--subjects", "llmlog",
         "--json", str(tmp_path / "found.json"), "--plots", str(tmp_path)],
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "found.json").read_text())
    assert {cell["measurement"] for cell in result["cells"]} == set(MEASUREMENTS), done.stderr
    rate = next(cell for cell in result["cells"] if cell["measurement"] == "rate")
    assert rate["numbers"]["lost"]["median"] == 0
    assert rate["numbers"]["events_per_s"]["median"] > 0
    assert "caller p50 over logging" in done.stdout
    assert (tmp_path / "caller-small.svg").read_text().startswith("<svg")
