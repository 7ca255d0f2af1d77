"""Print what the vendor's SDK makes of a call, as JSON; runs in an environment that has it."""
# mypy: disable-error-code="import-not-found"

import json
import sys

from galileo_core.schemas.logging.span import LlmSpan
from pydantic import SecretStr
from splunk_ao.converter import build_span_attributes
from splunk_ao.deployment import StandaloneConfig
from splunk_ao.exporter.config import RoutingAttrs, routing_resource_attributes
from splunk_ao.exporter.standalone import resolve_standalone_exporter_config

call = json.load(sys.stdin)
routing = RoutingAttrs(project_name=call["project"], agent_stream_name=call["log_stream"])
config = StandaloneConfig(
    api_key=SecretStr(call["api_key"]), console_url="https://console.example", api_url=call["url"]
)
resolved = resolve_standalone_exporter_config(config, routing)
made = {
    "endpoint": resolved.endpoint,
    "headers": resolved.headers,
    "resource": routing_resource_attributes(routing),
    "attributes": build_span_attributes(LlmSpan(**call["span"]), call["session"]),
}
json.dump(made, sys.stdout)
