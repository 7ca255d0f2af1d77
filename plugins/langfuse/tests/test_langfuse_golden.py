"""All samples as observations, against a golden file.

`LLMLOG_UPDATE_GOLDEN=1 pytest` writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from llmlog import Secret
from llmlog.testing.samples import SAMPLES, sample
from llmlog_langfuse import Settings, exporter

GOLDEN = Path(__file__).parent / "golden" / "observations.json"
SETTINGS = Settings(public_key="pk-lf-fake", secret_key=Secret("sk-lf-fake"))


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _observation(name: str) -> dict[str, Any]:
    content = exporter.encode(SETTINGS, [sample(name)]).content
    (group,) = ExportTraceServiceRequest.FromString(content).resource_spans
    (span,) = group.scope_spans[0].spans
    return {
        "name": span.name,
        "trace": span.trace_id.hex(),
        "span": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "status": span.status.code,
        "resource": _attributes(group.resource.attributes),
        "attributes": _attributes(span.attributes),
        "events": [event.name for event in span.events],
    }


def test_every_sample_is_as_the_golden_file_says() -> None:
    made = {name: _observation(name) for name in SAMPLES}
    if os.environ.get("LLMLOG_UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(GOLDEN.read_text(encoding="utf-8"))
