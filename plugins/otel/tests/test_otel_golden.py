"""All samples as spans, in every dialect, against golden files.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes them anew; read the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmlog.testing.golden import check_golden
from llmlog.testing.samples import SAMPLES, sample
from llmlog_otel import Settings, exporter

GOLDEN = Path(__file__).parent / "golden"
Decode = Callable[[bytes], list[dict[str, Any]]]


@pytest.mark.parametrize(
    "conventions", ["current", "previous", "openinference", "openllmetry", "langfuse"]
)
def test_every_sample_is_as_the_golden_file_says(conventions: Any, decode: Decode) -> None:
    settings = Settings(conventions=conventions)
    request = exporter.encode(settings, [sample(name) for name in SAMPLES])
    made = dict(zip(SAMPLES, decode(request.content), strict=True))
    path = GOLDEN / f"{conventions}.json"
    check_golden(path, made)


def test_both_spellings_together_lose_nothing(decode: Decode) -> None:
    for name in SAMPLES:
        every = [
            decode(exporter.encode(Settings(conventions=spelling), [sample(name)]).content)[0]
            for spelling in ("current", "previous", "both")
        ]
        current, previous, both = (span["attributes"] for span in every)
        assert both == {**current, **previous}
