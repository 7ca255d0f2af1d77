"""Read an OTLP request as Weave's server does: each span as the call that it stores."""

import json
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from weave.trace_server.opentelemetry.python_spans import ResourceSpans

request = ExportTraceServiceRequest.FromString(sys.stdin.buffer.read())
scopes = [scope for each in request.resource_spans for scope in ResourceSpans.from_proto(each)]
pairs = [span.to_call("team/shop") for scope in scopes for span in scope]
json.dump([[part.model_dump(mode="json") for part in pair] for pair in pairs], sys.stdout)
