"""All samples as one blob, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from llmlog.layout import body, content_type, name
from llmlog.testing import SAMPLES, check_golden, sample

GOLDEN = Path(__file__).parent / "golden" / "blobs.json"


def test_a_blob_of_every_sample_is_as_the_golden_file_says() -> None:
    batch = [sample(each) for each in SAMPLES]
    lines = gzip.decompress(body(batch, packed=True)).splitlines()
    assert gzip.decompress(body(batch, packed=True)) == body(batch, packed=False)
    made = {"name": name(batch, "llmlog", packed=True), "type": content_type(packed=True)}
    check_golden(GOLDEN, {**made, "lines": [json.loads(line) for line in lines]})
