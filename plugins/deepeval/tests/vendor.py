"""Print the names and the request of the vendor's SDK as JSON, in an environment that has it."""
# mypy: disable-error-code="import-not-found,import-untyped"

import json
import sys
from unittest import mock

from confident_trace import _attributes, init
from opentelemetry.exporter.otlp.proto.http import trace_exporter

with mock.patch.object(trace_exporter.OTLPSpanExporter, "__init__", return_value=None) as made:
    init(api_key="confident_us_fake")
texts = [value for value in vars(_attributes).values() if isinstance(value, str)]
texts += [*_attributes.SPAN_FIELDS.values(), *_attributes.TRACE_FIELDS.values()]
asked = {name: made.call_args.kwargs[name] for name in ("endpoint", "headers")}
json.dump({"names": texts, **asked}, sys.stdout)
