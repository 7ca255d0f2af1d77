"""All that LiteLLM's payload says is in the record, without LiteLLM being imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from llmlog import Guardrail, Logger, Payload, Reasoning, Text, ToolCall
from llmlog.encoding import dumps_text
from llmlog.identity import Span
from llmlog.schema import from_json, to_dict, to_json
from llmlog_litellm.event import read_event
from llmlog_litellm.record import payloads

CALL_ID = "3c5010da-9acd-4b5b-bbc5-94bc674462bc"
TRACE_ID = "7838a9a8-703f-46fe-b145-40041eab2909"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
USAGE = {
    "prompt_tokens": 1321, "completion_tokens": 9, "total_tokens": 1330,
    "prompt_tokens_details": {"cached_tokens": 1000, "cache_creation_tokens": 300},
    "completion_tokens_details": {"reasoning_tokens": 4},
}  # fmt: skip
STANDARD: dict[str, Any] = {
    "id": "chatcmpl-1", "litellm_call_id": CALL_ID, "trace_id": TRACE_ID, "session_id": "s-9",
    "call_type": "acompletion", "cache_hit": None, "stream": True, "status": "success",
    "status_fields": {"llm_api_status": "success", "guardrail_status": "success"},
    "custom_llm_provider": "bedrock", "saved_cache_cost": 0.0,
    "startTime": 1795542705.5, "completionStartTime": 1795542705.75, "endTime": 1795542706.5,
    "response_time": 0.25, "model": "anthropic.claude-haiku-4-5", "model_id": "deployment-7",
    "model_group": "fast", "api_base": "https://key:secret@bedrock.example.com:8443/model/x?key=1",
    "cache_key": "ck-1", "cost_finalized": True, "response_cost": 0.00052,
    "cost_breakdown": {"input_cost": 0.0004, "output_cost": 0.00012, "total_cost": 0.00052,
                       "discount_percent": 0.05, "margin_percent": 0.0},
    "autorouter_savings": 0.01, "total_tokens": 1330, "prompt_tokens": 1321,
    "completion_tokens": 9, "request_tags": ["checkout", "User-Agent: curl/8"],
    "request_model_access_groups": ["beta"], "end_user": "u-1",
    "requester_ip_address": "203.0.113.9", "user_agent": "curl/8",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
    "response": {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "claude-haiku-4-5",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Hello", "reasoning_content": "Hm.",
            "tool_calls": [{"id": "c1", "type": "function",
                            "function": {"name": "f", "arguments": '{"a": 1}'}}]}}],
        "usage": USAGE,
    },
    "model_parameters": {"temperature": 0.2, "tools": [TOOL], "stream": True},
    "metadata": {
        "user_api_key_hash": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05", "user_api_key_alias": "web",
        "user_api_key_spend": 1.5, "user_api_key_max_budget": 10.0, "user_api_key_team_id": "t-1",
        "user_api_key_org_id": "o-1", "user_api_key_project_id": "p-1",
        "user_api_key_user_id": "internal-3", "user_api_key_team_alias": "shop",
        "requester_ip_address": "203.0.113.9", "requester_custom_headers": {"x-token": "secret"},
        "requester_metadata": {"order": 7}, "spend_logs_metadata": {"cost_center": "42"},
        "prompt_management_metadata": {"prompt_id": "greet", "prompt_variables": {"a": "b"},
                                       "prompt_integration": "langfuse"},
        "applied_guardrails": ["pii"], "usage_object": USAGE,
        "routing_decision": {"router_type": "complexity", "tier": "simple", "score": 0.1},
        "vector_store_request_metadata": [
            {"vector_store_id": "vs-1", "custom_llm_provider": "openai", "query": "weather",
             "vector_store_search_response": {"data": [{"score": 0.9}]},
             "start_time": 1795542705.6, "end_time": 1795542705.7}],
        "mcp_tool_call_metadata": {"name": "search", "arguments": {"q": "Oslo"},
                                   "result": {"hits": 3}, "mcp_server_name": "docs"},
        "kubernetes_pod_routing": {"selection": "round_robin", "pod_count": 3},
    },
    "hidden_params": {
        "model_id": "deployment-7", "upstream_provider": "aws", "litellm_overhead_time_ms": 3.5,
        "additional_headers": {"x_ratelimit_remaining_requests": 59,
                               "llm_provider-x-request-id": "req_1",
                               "llm_provider-set-cookie": "session=secret"},
    },
    "model_map_information": {"model_map_key": "claude-haiku-4-5",
                              "model_map_value": {"input_cost_per_token": 1e-06}},
    "error_str": None, "error_information": {"error_code": "", "error_class": ""},
    "response_cost_failure_debug_info": None, "zero_cost_diagnostic": None,
    "guardrail_information": [
        {"guardrail_name": "pii", "guardrail_provider": "presidio", "guardrail_status": "success",
         "masked_entity_count": {"EMAIL": 2}, "duration": 0.004},
        {"guardrail_name": "topics", "guardrail_status": "guardrail_intervened"},
        {"guardrail_name": "late", "guardrail_status": "not_run"}],
    "standard_built_in_tools_params": {"web_search_options": {"size": "low"}, "file_search": None},
    "a_field_of_a_later_version": {"deep": ["down"]},
}  # fmt: skip


@pytest.fixture
def settings() -> Iterator[Any]:
    """Return the settings of a Logger."""
    with Logger(plugins=[], environ={}, file=False, service="shop", environment="test") as logger:
        yield logger.settings


def records(settings: Any, change: dict[str, Any] | None = None, **details: Any) -> list[Payload]:
    """Map LiteLLM's payload with some changes, and what is told beside it."""
    event = read_event({**STANDARD, **(change or {})}, details, None, {})
    made = list(payloads(event, settings))
    for payload in made:
        assert payload.changes == ()
        assert from_json(to_json(payload)) == payload
    return made


def test_the_mapping_needs_no_litellm() -> None:
    import subprocess

    program = "import sys, llmlog_litellm.record; sys.exit('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value that says something, with the path to it."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, path)
    elif value not in (None, ""):
        yield path, value


ELSEWHERE = {
    "startTime", "endTime", "completionStartTime", "response_time",  # in nanoseconds
    "messages.role", "response.object", "response.created", "response.choices.index",
    "response.choices.message.tool_calls.type",  # forms of the dialect
    "response.choices.message.tool_calls.function.arguments",  # parsed
    "custom_llm_provider", "metadata.vector_store_request_metadata.start_time",
    "metadata.vector_store_request_metadata.end_time", "api_base", "saved_cache_cost",
    "guardrail_information.duration",
}  # fmt: skip
NOT_RECORDED = {
    "requester_ip_address", "user_agent", "metadata.requester_ip_address",
    "metadata.requester_custom_headers.x-token",
    "model_map_information.model_map_value.input_cost_per_token",
    "hidden_params.additional_headers.llm_provider-set-cookie",
}  # fmt: skip


def test_everything_that_it_says_is_there(settings: Any) -> None:
    said = [to_dict(payload) for payload in records(settings)]
    known = {json.dumps(value) for _, value in leaves(said)}
    lost = {path: value for path, value in leaves(STANDARD)
            if json.dumps(value) not in known and path not in ELSEWHERE | NOT_RECORDED}  # fmt: skip
    assert lost == {"request_tags": "User-Agent: curl/8"}


def test_what_names_persons_and_secrets_is_not(settings: Any) -> None:
    said = dumps_text([to_dict(payload) for payload in records(settings)])
    for word in ("203.0.113.9", "curl", "secret", "key=1", "input_cost_per_token"):
        assert word not in said


def test_fields_have_llmlogs_names(settings: Any) -> None:
    payload, *_ = records(settings)
    assert (payload.kind, payload.status, payload.stream) == ("chat", "success", True)
    assert (payload.provider_name, payload.request_model) == (
        "aws.bedrock", "anthropic.claude-haiku-4-5",
    )  # fmt: skip
    assert (payload.response_model, payload.response_id) == ("claude-haiku-4-5", "chatcmpl-1")
    assert (payload.server_address, payload.server_port) == ("bedrock.example.com", 8443)
    assert (payload.deployment_id, payload.model_alias) == ("deployment-7", "fast")
    assert payload.timing.duration_ns == 1_000_000_000
    assert payload.timing.time_to_first_token_ns == 250_000_000
    assert payload.input_messages[0].role == "system"
    assert payload.output_messages[0].parts == (
        Reasoning(content="Hm."), Text(content="Hello"),
        ToolCall(name="f", id="c1", arguments={"a": 1}),
    )  # fmt: skip
    assert (payload.tools, payload.parameters) == ((TOOL,), {"temperature": 0.2, "stream": True})
    assert (payload.session_id, payload.user_id, payload.team_id) == ("s-9", "u-1", "t-1")
    assert (payload.organization_id, payload.project_id) == ("o-1", "p-1")
    assert (payload.key_alias, payload.prompt_name) == ("web", "greet")
    assert (payload.tags, payload.metadata) == (("checkout",), {"order": 7})
    assert payload.rate_limit == {"remaining-requests": 59}
    assert payload.attributes["request_id"] == "req_1"
    assert (payload.service_name, payload.environment) == ("shop", "test")


def test_tokens_and_money_are_litellms(settings: Any) -> None:
    payload, *_ = records(settings)
    usage, cost = payload.usage, payload.cost
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (
        21,
        1000,
        300,
    )
    assert (usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (5, 4, 1330)
    assert usage.raw == USAGE
    assert cost is not None
    assert (cost.total, cost.input, cost.output) == (0.00052, 0.0004, 0.00012)
    assert (cost.source, cost.model) == ("litellm", "claude-haiku-4-5")
    assert cost.version


def test_guardrails_have_their_verdicts(settings: Any) -> None:
    payload, *_ = records(settings)
    assert payload.guardrails == (
        Guardrail(name="pii", verdict="edited", provider="presidio", duration_ns=4_000_000),
        Guardrail(name="topics", verdict="blocked"),
    )


def test_searches_and_tools_are_records_under_the_call(settings: Any) -> None:
    whole, search, tool = records(settings)
    for part in (search, tool):
        assert (part.trace_id, part.parent_span_id) == (whole.trace_id, whole.span_id)
        assert part.ancestor_ids == (whole.id,)
    assert (search.kind, search.name, search.input_value) == ("retrieval", "vs-1", "weather")
    assert search.timing.duration_ns == pytest.approx(100_000_000, rel=1e-3)
    assert (tool.kind, tool.name, tool.output_value) == ("tool", "search", {"hits": 3})
    assert len({whole.id, search.id, tool.id}) == 3


class TestIds:
    def test_the_same_call_has_the_same_ids(self, settings: Any) -> None:
        first, second = (records(settings)[0] for _ in range(2))
        assert first == second
        assert first.id[14] == "7"
        assert first.trace_id == TRACE_ID.replace("-", "")
        other = records(settings, {"startTime": 1795542705.6})[0]
        assert other.id > first.id
        assert other.trace_id == first.trace_id

    def test_a_trace_with_a_name_has_digits(self, settings: Any) -> None:
        (one, *_), (two, *_) = (records(settings, {"trace_id": "order 7"}) for _ in range(2))
        assert one.trace_id == two.trace_id
        assert int(one.trace_id, 16)
        assert one.attributes["litellm.trace_id"] == "order 7"

    def test_a_traceparent_at_the_proxy_counts(self, settings: Any) -> None:
        header = f"00-{'a' * 32}-{'b' * 16}-01"
        request = {"proxy_server_request": {"headers": {"traceparent": header}}}
        payload, *_ = records(settings, litellm_params=request)
        assert (payload.trace_id, payload.parent_span_id) == ("a" * 32, "b" * 16)

    def test_a_call_around_it_is_the_parent(self, settings: Any) -> None:
        around = Span("c" * 32, "d" * 16, (7,))
        event = read_event(STANDARD, {}, around, {"session": "s-1", "tags": ("x",)})
        payload, *_ = payloads(event, settings)
        assert (payload.trace_id, payload.parent_span_id) == (around.trace_id, around.span_id)
        assert payload.tags == ("x", "checkout")


FAILED: dict[str, Any] = {
    "id": CALL_ID, "status": "failure", "response": {}, "response_cost": 0.0, "cost_breakdown": None,
    "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "metadata": {},
    "error_str": "litellm.RateLimitError: slow down",
    "error_information": {
        "error_code": "429", "error_class": "RateLimitError", "error_message": "slow down",
        "error_provider_request_id": "req_9", "traceback": "File x",
        "error_rate_limit_category": "vendor_rate_limit",
    },
}  # fmt: skip


class TestEndings:
    def test_a_failure(self, settings: Any) -> None:
        (payload,) = records(settings, FAILED)
        assert payload.status == "failure"
        assert payload.error is not None
        assert (payload.error.type, payload.error.status_code) == ("RateLimitError", 429)
        assert (payload.error.message, payload.error.request_id) == ("slow down", "req_9")
        assert (payload.error.retryable, payload.error.stacktrace) == (True, "File x")
        assert payload.attributes["litellm.error_rate_limit_category"] == "vendor_rate_limit"
        assert (payload.cost, payload.usage, payload.response_id) == (None, None, None)

    def test_a_call_that_was_given_up(self, settings: Any) -> None:
        error = {"error_class": "CancelledError"}
        (payload,) = records(settings, {**FAILED, "error_information": error})
        assert payload.status == "aborted"

    def test_a_call_that_a_guardrail_stopped(self, settings: Any) -> None:
        fields = {"llm_api_status": "failure", "guardrail_status": "guardrail_intervened"}
        (payload,) = records(settings, {**FAILED, "status_fields": fields})
        assert payload.status == "blocked"

    def test_a_cached_answer_costs_nothing(self, settings: Any) -> None:
        cached = {"cache_hit": True, "response_cost": 0.0, "saved_cache_cost": 0.002}
        payload, *_ = records(settings, cached)
        assert payload.cost is not None
        assert (payload.cost.total, payload.cost.source) == (0.0, "cache")
        assert (payload.cost_saved, payload.cache_hit, payload.cache_key) == (0.002, True, "ck-1")

    def test_a_price_that_nobody_knows_is_not_zero(self, settings: Any) -> None:
        zero = {"reason": "missing_pricing_key", "missing_pricing_keys": ["input_cost_per_token"]}
        unpriced = {"response_cost": 0.0, "zero_cost_diagnostic": zero}
        payload, *_ = records(settings, unpriced)
        assert payload.cost is not None
        assert (payload.cost.total, payload.cost.reason) == (
            None, "missing_pricing_key: input_cost_per_token",
        )  # fmt: skip

    def test_the_tries_of_a_router(self, settings: Any) -> None:
        tries = [{"model_group": "a", "deployment_id": "d", "model": "m", "attempted_retries": number,
                  "exception_type": "InternalServerError", "exception_string": "broken"}
                 for number in (0, 1, 1)]  # fmt: skip
        payload, *_ = records(settings, litellm_params={"metadata": {"previous_models": tries}})
        assert [(one.number, one.reason, one.status) for one in payload.attempts] == [
            (1, "first", "failure"), (2, "retry", "failure"), (3, "fallback", "success"),
        ]  # fmt: skip

    def test_what_cannot_be_mapped_is_a_record_that_says_so(self, settings: Any) -> None:
        broken = {"api_base": "http://[broken"}
        (payload,) = payloads(read_event({**STANDARD, **broken}, {}, None, {}), settings)
        assert (payload.status, payload.changes[0].rule) == ("success", "mapping:ValueError")


@pytest.mark.parametrize(
    ("call_type", "kind"),
    [("completion", "chat"), ("aresponses", "chat"), ("anthropic_messages", "chat"),
     ("agenerate_content_stream", "chat"), ("atext_completion", "text_completion"),
     ("aembedding", "embedding"), ("arerank", "rerank"), ("image_generation", "image"),
     ("aspeech", "speech"), ("transcription", "transcription"), ("amoderation", "moderation"),
     ("acreate_batch", "batch"), ("_arealtime", "realtime"), ("call_mcp_tool", "tool"),
     ("asearch", "retrieval"), ("avector_store_search", "retrieval"), ("asend_message", "agent"),
     ("acreate_file", "chain")],
)  # fmt: skip
def test_call_types_have_kinds(settings: Any, call_type: str, kind: str) -> None:
    assert records(settings, {"call_type": call_type})[0].kind == kind


def test_texts_to_embed_are_a_value(settings: Any) -> None:
    turns = [{"role": "user", "content": text} for text in ("a", "b")]
    response = {"object": "list", "model": "m", "data": [{"embedding": [0.1, 0.2], "index": 0}]}
    change = {"call_type": "aembedding", "messages": turns, "response": response}
    payload, *_ = records(settings, change)
    assert (payload.input_value, payload.input_messages) == (["a", "b"], ())
    assert payload.output_value == {"count": 1, "dimensions": 2}


def test_metadata_of_the_sdk_is_the_users(settings: Any) -> None:
    metadata = {"order": 7, "model_group": "a", "_routing": 1, "session_id": "s", "tags": ["t"]}
    change = {"metadata": {}, "session_id": ""}
    (payload,) = records(settings, change, litellm_params={"metadata": metadata})
    assert (payload.metadata, payload.session_id) == ({"order": 7}, "s")
    at_proxy = {"metadata": metadata, "proxy_server_request": {"headers": {}}}
    (payload,) = records(settings, change, litellm_params=at_proxy)
    assert payload.metadata == {}


def test_it_is_found_as_a_bridge() -> None:
    from importlib.metadata import entry_points

    (point,) = entry_points(group="llmlog.bridges", name="litellm")
    assert point.value == "llmlog_litellm:callback"
