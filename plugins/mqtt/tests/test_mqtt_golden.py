"""All samples as messages, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llmlog.testing import SAMPLES, check_golden, sample
from llmlog_mqtt import message

GOLDEN = Path(__file__).parent / "golden" / "messages.json"


def plain(name: str) -> dict[str, Any]:
    body, properties = message(sample(name))
    return {"properties": properties, "body": json.loads(body)}


def test_every_sample_is_as_the_golden_file_says() -> None:
    check_golden(GOLDEN, {name: plain(name) for name in SAMPLES})
