"""One call as one row.

Columns of the rule's stream; what is not declared there Azure leaves out. `id`, `TenantId`, `Type`
and `Title` are its own, so the record's id is `CallId`. Conversations are `dynamic`.
"""

from __future__ import annotations

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.instant import iso
from llmlog.message import JSON
from llmlog.schema import to_dict


def row(payload: Payload) -> dict[str, JSON]:
    """Return the row of a call; what is not known is absent."""
    return present({
        "TimeGenerated": iso(payload.timing.start_unix_ns),
        "EndTime": iso(payload.timing.end_unix_ns),
        "CallId": payload.id, "Kind": payload.kind, "Status": payload.status,
        "Name": payload.name, "TraceId": payload.trace_id, "SpanId": payload.span_id,
        "ParentSpanId": payload.parent_span_id, "Provider": payload.provider_name,
        "RequestModel": payload.request_model, "ResponseModel": payload.response_model,
        "ResponseId": payload.response_id, "Stream": payload.stream,
        "ServerAddress": payload.server_address,
        "FinishReasons": list(payload.finish_reasons) or None,
        **_numbers(payload), **_error(payload),
        "CacheHit": payload.cache_hit, "SessionId": payload.session_id,
        "UserId": payload.user_id, "TeamId": payload.team_id, "KeyAlias": payload.key_alias,
        "PromptName": payload.prompt_name, "PromptVersion": payload.prompt_version,
        "Tags": list(payload.tags) or None, "Metadata": dict(payload.metadata) or None,
        "Environment": payload.environment, "ServiceName": payload.service_name,
        "Release": payload.release, "HostName": payload.host_name, **_content(payload),
    })  # fmt: skip


def _numbers(payload: Payload) -> dict[str, JSON]:
    usage, timing, cost = payload.usage or Usage(), payload.timing, payload.cost
    return {
        "DurationMs": timing.duration_ms,
        "TimeToFirstTokenMs": timing.first_token_ms,
        "InputTokens": usage.total_input_tokens, "OutputTokens": usage.total_output_tokens,
        "CacheReadTokens": usage.cache_read_tokens, "ReasoningTokens": usage.reasoning_tokens,
        "TotalTokens": usage.total_tokens, "Cost": cost and cost.total,
        "CostInput": cost and cost.input, "CostOutput": cost and cost.output,
        "Currency": cost and cost.currency, "CostSaved": payload.cost_saved,
    }  # fmt: skip


def _error(payload: Payload) -> dict[str, JSON]:
    error = payload.error
    return {
        "ErrorType": error and error.type, "ErrorMessage": error and error.message,
        "ErrorCode": error and error.code, "ErrorStatusCode": error and error.status_code,
        "ErrorRequestId": error and error.request_id, "ErrorStack": error and error.stacktrace,
    }  # fmt: skip


def _content(payload: Payload) -> dict[str, JSON]:
    """Return what was said, and whatever else has no one shape."""
    plain = to_dict(payload)
    return {
        "Input": plain.get("input_messages") or plain.get("input_value"),
        "Output": plain.get("output_messages") or plain.get("output_value"),
        "Parameters": plain.get("parameters"), "Tools": plain.get("tools"),
        "Attempts": plain.get("attempts"), "Guardrails": plain.get("guardrails"),
        "Attributes": plain.get("attributes"), "Changes": plain.get("changes"),
        "RateLimit": plain.get("rate_limit"),
    }  # fmt: skip
