"""Golden files: what was made, kept beside the tests for a person to read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

UPDATE = "LLMLOG_UPDATE_GOLDEN"


def check_golden(path: Path, made: Any) -> None:
    """Compare plain JSON data with a golden file.

    With `LLMLOG_UPDATE_GOLDEN=1` the file is written anew first; read the difference before you
    commit it.
    """
    if os.environ.get(UPDATE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert path.exists(), f"{path.name} is not there; {UPDATE}=1 pytest writes it"
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert made == kept, f"not as {path.name} says; {UPDATE}=1 pytest writes it anew"
