"""What is LiteLLM's own: whatever has no field in llmlog's payload, under LiteLLM's names."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog.bridging import mapping
from llmlog.message import JSON
from llmlog_litellm.event import Event, Item

_HAVE_FIELDS = frozenset({
    "api_base", "cache_hit", "cache_key", "completionStartTime", "completion_tokens", "endTime",
    "end_user", "error_str", "hidden_params", "id", "litellm_trace_id", "messages", "metadata",
    "model", "model_group", "model_id", "model_map_information", "model_parameters",
    "prompt_tokens", "request_tags", "response", "response_cost", "response_time",
    "saved_cache_cost", "session_id", "startTime", "status", "stream", "total_tokens",
    "error_code", "error_class", "error_message", "error_provider_request_id", "traceback",
    "additional_headers", "usage_object", "user_api_key_alias",
    "user_api_key_end_user_id", "user_api_key_hash", "user_api_key_org_id",
    "user_api_key_project_id", "user_api_key_team_id", "requester_metadata",
    "mcp_tool_call_metadata", "vector_store_request_metadata",
})  # fmt: skip
_PERSONAL = frozenset({"requester_custom_headers", "requester_ip_address", "user_agent"})
_LIMITS = ("x_ratelimit_", "x-ratelimit-", "llm_provider-x-ratelimit-")
_REQUEST_IDS = ("llm_provider-x-request-id", "llm_provider-request-id", "x-request-id")
_GROUPS = ("metadata", "hidden_params", "error_information")


def attributes(event: Event) -> dict[str, JSON]:
    """Return what is known and has no field; `litellm.` stands before each name."""
    said = event.standard
    places = [said, *(mapping(said.get(group)) for group in _GROUPS)]
    found: dict[str, JSON] = {}
    for place in places:
        for name, value in place.items():
            known = _known(value)
            if known is not None and name not in _HAVE_FIELDS | _PERSONAL and name not in _GROUPS:
                found[f"litellm.{name}"] = known
    return {**found, **_request_id(said)}


def _request_id(said: Item) -> dict[str, JSON]:
    headers = _headers(said)
    known = [headers[name] for name in _REQUEST_IDS if headers.get(name)]
    return {"request_id": known[0]} if known else {}


def rate_limit(event: Event) -> dict[str, JSON]:
    """Return what the provider's headers said of limits."""
    return {
        name.removeprefix(prefix).replace("_", "-"): value
        for prefix in _LIMITS
        for name, value in _headers(event.standard).items()
        if name.startswith(prefix) and value is not None
    }


def _headers(said: Item) -> Mapping[str, JSON]:
    return mapping(mapping(said.get("hidden_params")).get("additional_headers"))


def _known(value: JSON) -> JSON:
    """Return a value without what says nothing: nulls, empty texts, lists and objects."""
    if isinstance(value, dict):
        kept = {name: known for name, one in value.items() if (known := _known(one)) is not None}
        return kept or None
    if isinstance(value, list):
        return value or None
    return None if value == "" else value
