"""Show an OTLP request as Logfire's own console does, at one level and above.

The console shows a span when it starts, which ours do not tell: they are shown as logs.
"""

import io
import json
import sys

from logfire._internal import constants
from logfire._internal.exporters.console import SimpleConsoleSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags


def plain(value):
    kind = value.WhichOneof("value")
    return (
        tuple(map(plain, value.array_value.values))
        if kind == "array_value"
        else getattr(value, kind)
    )


def readable(span):
    identity = int.from_bytes(span.trace_id, "big"), int.from_bytes(span.span_id, "big")
    return ReadableSpan(
        name=span.name,
        context=SpanContext(*identity, is_remote=False, trace_flags=TraceFlags(1)),
        attributes={
            **{each.key: plain(each.value) for each in span.attributes},
            constants.ATTRIBUTES_SPAN_TYPE_KEY: "log",
        },
        start_time=span.start_time_unix_nano,
        end_time=span.end_time_unix_nano,
    )


request = ExportTraceServiceRequest.FromString(sys.stdin.buffer.read())
spans = [
    readable(span)
    for each in request.resource_spans
    for scope in each.scope_spans
    for span in scope.spans
]
shown = {}
for level in ("info", "warn", "error"):
    output = io.StringIO()
    console = SimpleConsoleSpanExporter(
        output=output, colors="never", include_timestamp=False, verbose=False, min_log_level=level
    )
    console.export(spans)
    shown[level] = output.getvalue().splitlines()
names = sorted(
    value
    for name, value in vars(constants).items()
    if name.startswith("ATTRIBUTES_") and isinstance(value, str)
)
json.dump({"shown": shown, "names": names}, sys.stdout)
