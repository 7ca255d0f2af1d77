"""All samples as logs, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from llmlog import Secret
from llmlog.testing import SAMPLES, sample
from llmlog_datadog import Settings, encode

GOLDEN = Path(__file__).parent / "golden" / "logs.json"
SETTINGS = Settings(api_key=Secret("fake-key"), tags=("team:checkout",))


def test_every_sample_is_as_the_golden_file_says() -> None:
    request = encode(SETTINGS, [sample(name) for name in SAMPLES])
    made = dict(zip(SAMPLES, json.loads(request.content), strict=True))
    if os.environ.get("LLMLOG_UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(GOLDEN.read_text(encoding="utf-8"))
