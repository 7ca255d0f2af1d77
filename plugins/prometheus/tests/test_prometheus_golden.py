"""All samples as series, against a golden file; buckets aside.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from llmlog.testing.golden import check_golden
from llmlog.testing.samples import SAMPLES, sample

GOLDEN = Path(__file__).parent / "golden" / "series.json"
EVERY = ("provider", "model", "kind", "status", "environment", "service", "response_model",
         "deployment", "server", "service_tier", "stream", "release", "prompt", "team",
         "organization", "project", "key_alias", "tags")  # fmt: skip


def test_every_sample_is_as_the_golden_file_says(count: Callable[..., dict[str, float]]) -> None:
    made = {name: of_calls(count(sample(name))) for name in SAMPLES}
    made["chat with every label"] = of_calls(count(sample(), labels=EVERY))
    check_golden(GOLDEN, made)


def of_calls(numbers: dict[str, float]) -> dict[str, float]:
    left_out = ("llmlog_delivery", "llmlog_duplicate")
    return {series: value for series, value in numbers.items()
            if not series.startswith(left_out) and "_bucket{" not in series}  # fmt: skip
