"""What LangSmith reads in a run's metadata: model, parameters, tokens, cost, thread.

Every other fact of the record is there under its own name; the user's own metadata come last.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.message import JSON
from llmlog.schema import to_dict

PROVIDERS: Mapping[str, str] = {
    "azure.ai.openai": "azure", "azure.ai.inference": "azure", "aws.bedrock": "amazon_bedrock",
    "gcp.vertex_ai": "google_vertexai", "gcp.gemini": "google_genai", "gcp.gen_ai": "google_genai",
}  # fmt: skip
_MODEL_TYPES = {"chat": "chat", "realtime": "chat", "text_completion": "llm"}
_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def metadata(payload: Payload) -> dict[str, JSON]:
    """Return the metadata of a run."""
    known = {
        **_model(payload),
        "thread_id": payload.session_id,
        "revision_id": payload.release,
        "usage_metadata": usage_metadata(payload) or None,
        "error": _error(payload),
    }
    return {
        **payload.attributes, **_facts(payload), **present(known), **payload.metadata,
    }  # fmt: skip


def usage_metadata(payload: Payload) -> dict[str, JSON]:
    """Return tokens, the details being part of the sums, and the cost in dollars."""
    usage = payload.usage or Usage()
    cost = payload.cost if payload.cost and payload.cost.currency == "USD" else None
    inputs = {"cache_read": usage.cache_read_tokens, "cache_creation": usage.cache_write_tokens,
              "audio": usage.input_audio_tokens, "image": usage.input_image_tokens}  # fmt: skip
    outputs = {"reasoning": usage.reasoning_tokens, "audio": usage.output_audio_tokens,
               "image": usage.output_image_tokens}  # fmt: skip
    return present({
        "input_tokens": usage.total_input_tokens,
        "output_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
        "input_token_details": present(inputs) or None,
        "output_token_details": present(outputs) or None,
        "input_cost": cost and cost.input,
        "output_cost": cost and cost.output,
        "total_cost": cost and cost.total,
    })  # fmt: skip


def _model(payload: Payload) -> dict[str, JSON]:
    parameters, provider = payload.parameters, payload.provider_name
    limits = (parameters[name] for name in _MAX_TOKENS if parameters.get(name) is not None)
    stop = parameters.get("stop")
    messages = payload.input_messages or payload.output_messages
    return {
        "ls_provider": PROVIDERS.get(provider, provider) if provider else None,
        "ls_model_name": payload.model,
        "ls_model_type": _MODEL_TYPES.get(payload.kind),
        "ls_message_format": "completions" if messages else None,
        "ls_temperature": parameters.get("temperature"),
        "ls_max_tokens": next(limits, None),
        "ls_stop": [stop] if isinstance(stop, str) else stop,
        "ls_invocation_params": dict(parameters) or None,
    }


def _facts(payload: Payload) -> dict[str, JSON]:
    """Return the fields that have no place of their own in a run."""
    rest = evolve(
        payload, ancestor_ids=(), name=None, input_messages=(), output_messages=(),
        input_value=None, output_value=None, tools=(), parameters={}, usage=None, cost=None,
        error=None, attempts=(), tags=(), metadata={}, attributes={},
    )  # fmt: skip
    made = to_dict(rest)
    del made["id"], made["timing"]
    return made


def _error(payload: Payload) -> JSON:
    """Return what can be filtered by; the words are the run's error."""
    error = payload.error
    return error and present({
        "type": error.type, "status_code": error.status_code, "code": error.code,
        "request_id": error.request_id, "retryable": error.retryable,
    })  # fmt: skip
