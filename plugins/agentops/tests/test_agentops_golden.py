"""All samples as spans, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llmlog.otlp import otlp_exporter
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog.testing.otlp import spans
from llmlog_agentops import Settings, resource
from llmlog_agentops.span import attributes

GOLDEN = Path(__file__).parent / "golden" / "samples.json"


def test_every_sample_is_as_the_golden_file_says() -> None:
    settings: Any = None
    exporter = otlp_exporter(
        name="agentops", settings=Settings, endpoint=lambda _: "https://otlp.example",
        resource=resource, attributes=attributes,
    )  # fmt: skip
    made = {name: spans(exporter.encode(settings, [sample(name)]).content)[0] for name in SAMPLES}
    check_golden(GOLDEN, made)
