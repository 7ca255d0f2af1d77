"""Every field of LiteLLM's payload, by its own type, is in the record or has a reason not to be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from llmlog import Logger
from llmlog.schema import to_dict
from llmlog_litellm.event import read_event
from llmlog_litellm.record import payloads

pytestmark = pytest.mark.server

_PERSONAL = "says who or what the caller is: not recorded"
NOT_SAID: Mapping[str, str] = {
    "requester_ip_address": _PERSONAL,
    "user_agent": _PERSONAL,
    "metadata.requester_ip_address": _PERSONAL,
    "metadata.requester_custom_headers": _PERSONAL,
    "metadata.user_agent": _PERSONAL,
    "model_map_information.model_map_value": "the price table, the same for every call",
    "total_tokens": "the sum of two counts that are said",
    "response_time": "the difference of two times that are said",
    "hidden_params.response_cost": "a copy of `response_cost`",
}
PROBES: Mapping[str, tuple[Any, str, dict[str, Any]]] = {
    "status": ("success", '"success"', {}),
    "startTime": (1795542700.5, "1795542700500000000", {}),
    "endTime": (1795542800.5, "1795542800500000000", {}),
    "completionStartTime": (1795542705.75, "250000000", {"stream": True}),
    "saved_cache_cost": (987.125, "987.125", {"cache_hit": True}),
    "error_str": ("sentinel", "sentinel", {"error_information": {}}),
    "error_information.error_code": ("429", "429", {}),
    "model_map_information.model_map_key": ("sentinel", "sentinel", {"response_cost": 0.5}),
    "metadata.mcp_tool_call_metadata": ({"name": "sentinel"}, "sentinel", {}),
    "metadata.vector_store_request_metadata": ([{"query": "sentinel"}], "sentinel", {}),
    "metadata.usage_object": ({"prompt_tokens": 987654}, "987654", {}),
    "hidden_params.usage_object": ({"prompt_tokens": 987654}, "987654", {}),
    "hidden_params.additional_headers": ({"x_ratelimit_remaining_requests": 987654}, "987654", {}),
}
"""What has a meaning of its own, and what else has to be there for it to mean something."""
NESTED = {
    "metadata": "StandardLoggingMetadata",
    "hidden_params": "StandardLoggingHiddenParams",
    "error_information": "StandardLoggingPayloadErrorInformation",
    "model_map_information": "StandardLoggingModelInformation",
    "cost_breakdown": "CostBreakdown",
    "status_fields": "StandardLoggingPayloadStatusFields",
    "response_cost_failure_debug_info": "StandardLoggingModelCostFailureDebugInformation",
}
BASE: dict[str, Any] = {
    "id": "call-1", "litellm_call_id": "call-1", "call_type": "acompletion", "status": "success",
    "startTime": 1795542705.5, "completionStartTime": 1795542705.75, "endTime": 1795542706.5,
    "model": "gpt-4o", "stream": False,
}  # fmt: skip
FAILED = {"status": "failure", "error_str": "no",
          "error_information": {"error_class": "APIError", "error_message": "no"}}  # fmt: skip


def fields(types: Any) -> Iterator[tuple[str, str]]:
    """Give every field of the payload and of the objects in it, with its type's text."""
    for name, hint in types.StandardLoggingPayload.__annotations__.items():
        if name not in NESTED:
            yield name, str(hint)
            continue
        for inner, own in getattr(types, NESTED[name]).__annotations__.items():
            yield f"{name}.{inner}", str(own)


def probe(hint: str) -> tuple[Any, str]:
    """Return a value of the type, and how it looks in a record."""
    if any(word in hint for word in ("Mapping", "Dict", "dict", "Information", "Params")):
        return {"probe": "sentinel"}, "sentinel"
    if any(word in hint for word in ("Sequence", "List", "list")):
        return [{"content": "sentinel", "role": "user"}], "sentinel"
    if "float" in hint:
        return 987.125, "987.125"
    if "int" in hint and "str" not in hint:
        return 987654, "987654"
    return ("sentinel", "sentinel") if "bool" not in hint else (True, "")


@pytest.fixture
def settings() -> Iterator[Any]:
    with Logger(plugins=[], environ={}, file=False) as logger:
        yield logger.settings


def said(settings: Any, path: str, value: Any, more: dict[str, Any]) -> str:
    """Return the records of a call whose payload has this value at a path, as JSON."""
    *way, name = path.split(".")
    base: dict[str, Any] = {**BASE, **(FAILED if path.startswith("error") else {}), **more}
    place = base
    for step in way:
        place[step] = dict(place.get(step) or {})
        place = place[step]
    place[name] = value
    event = read_event(base, {}, None, {})
    return json.dumps([to_dict(made) for made in payloads(event, settings)])


def test_every_field_is_said_or_has_a_reason(litellm: Any, settings: Any) -> None:
    import litellm.types.utils as types

    lost = {}
    for path, hint in fields(types):
        value, shown, more = PROBES.get(path) or (*probe(hint), {})
        made, without = (said(settings, path, one, more) for one in (value, None))
        if made == without or shown not in made:
            lost[path] = hint
    unexplained = {path: hint for path, hint in lost.items() if path not in NOT_SAID}
    assert not unexplained, json.dumps(unexplained, indent=1)
    assert set(NOT_SAID) <= set(lost), "what is said needs no reason"
