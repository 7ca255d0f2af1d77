"""All samples as one blob, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from llmlog.layout import file_of
from llmlog.testing import SAMPLES, check_golden, sample

GOLDEN = Path(__file__).parent / "golden" / "blobs.json"


def test_a_blob_of_every_sample_is_as_the_golden_file_says() -> None:
    batch = [sample(each) for each in SAMPLES]
    file = file_of(batch, "llmlog", packed=True)
    plain = gzip.decompress(file.content)
    assert plain == file_of(batch, "llmlog", packed=False).content
    made = {"name": file.name, "type": file.type}
    check_golden(GOLDEN, {**made, "lines": [json.loads(line) for line in plain.splitlines()]})
