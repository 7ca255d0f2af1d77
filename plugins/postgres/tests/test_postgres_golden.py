"""All samples as rows, and the statements, against golden files.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes them anew; read the difference before you commit them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from llmlog.testing import SAMPLES, check_golden, sample
from llmlog_postgres import row, statements
from llmlog_postgres.table import COLUMNS

GOLDEN = Path(__file__).parent / "golden"


def plain(name: str) -> dict[str, Any]:
    made = row(sample(name))
    return {**made, "started_at": made["started_at"].isoformat(), "payload": made["payload"].obj}


def test_every_sample_is_as_the_golden_file_says() -> None:
    check_golden(GOLDEN / "rows.json", {name: plain(name) for name in SAMPLES})


def test_the_statements_are_as_the_golden_file_says() -> None:
    shown = [statement.split("\n") for statement in statements("audit.calls")]
    check_golden(GOLDEN / "statements.json", shown)


def test_a_row_has_every_column_and_no_other() -> None:
    assert list(row(sample())) == list(COLUMNS)


def test_the_statements_are_printed() -> None:
    command = [sys.executable, "-m", "llmlog_postgres", "calls"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == "".join(f"{statement};\n" for statement in statements("calls"))
