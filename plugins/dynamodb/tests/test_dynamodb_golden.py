"""All samples as items, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from llmlog.testing import SAMPLES, check_golden, sample
from llmlog_dynamodb import item

GOLDEN = Path(__file__).parent / "golden" / "items.json"


def plain(name: str) -> dict[str, Any]:
    made = item(sample(name), keep_days=30)
    return {**made, "payload": json.loads(gzip.decompress(made["payload"]["B"]))}


def test_every_sample_is_as_the_golden_file_says() -> None:
    check_golden(GOLDEN, {name: plain(name) for name in SAMPLES})
