"""What LangSmith reads in a run's metadata: model, parameters, tokens, cost, thread.

Every other fact of the record is there under its own name; the user's own metadata come last.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from llmlog import Payload
from llmlog.chat import present
from llmlog.message import JSON
from llmlog.naming import renamed
from llmlog.schema import to_dict

PROVIDERS: Mapping[str, str] = {
    "azure.ai.openai": "azure", "azure.ai.inference": "azure", "aws.bedrock": "amazon_bedrock",
    "gcp.vertex_ai": "google_vertexai", "gcp.gemini": "google_genai", "gcp.gen_ai": "google_genai",
}  # fmt: skip
_MODEL_TYPES = {"chat": "chat", "realtime": "chat", "text_completion": "llm"}
_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_SUMS = {
    "input_tokens": "tokens.total_input_tokens", "output_tokens": "tokens.total_output_tokens",
    "total_tokens": "tokens.total_tokens", "input_cost": "dollars.input",
    "output_cost": "dollars.output", "total_cost": "dollars.total",
}  # fmt: skip
_INPUTS = {"cache_read": "cache_read_tokens", "cache_creation": "cache_write_tokens",
           "audio": "input_audio_tokens", "image": "input_image_tokens"}  # fmt: skip
_OUTPUTS = {"reasoning": "reasoning_tokens", "audio": "output_audio_tokens",
            "image": "output_image_tokens"}  # fmt: skip


def metadata(payload: Payload) -> dict[str, JSON]:
    """Return the metadata of a run."""
    known = present({
        **_model(payload), "thread_id": payload.session_id, "revision_id": payload.release,
        "usage_metadata": usage_metadata(payload) or None,
    })  # fmt: skip
    return {**payload.attributes, **_facts(payload), **known, **payload.metadata}


def usage_metadata(payload: Payload) -> dict[str, JSON]:
    """Return tokens, the details being part of the sums, and the cost in dollars."""
    details = {"input_token_details": renamed(payload.tokens, _INPUTS) or None,
               "output_token_details": renamed(payload.tokens, _OUTPUTS) or None}  # fmt: skip
    return renamed(payload, _SUMS) | present(details)


def _model(payload: Payload) -> dict[str, JSON]:
    parameters, provider = payload.parameters, payload.provider_name
    limits = (parameters[name] for name in _MAX_TOKENS if parameters.get(name) is not None)
    stop = parameters.get("stop")
    talk = payload.input_messages or payload.output_messages
    return {
        "ls_provider": PROVIDERS.get(provider, provider) if provider else None,
        "ls_model_name": payload.model, "ls_model_type": _MODEL_TYPES.get(payload.kind),
        "ls_message_format": "completions" if talk else None,
        "ls_temperature": parameters.get("temperature"), "ls_max_tokens": next(limits, None),
        "ls_stop": [stop] if isinstance(stop, str) else stop,
        "ls_invocation_params": dict(parameters) or None,
    }  # fmt: skip


def _facts(payload: Payload) -> dict[str, JSON]:
    """Return the fields that have no place of their own in a run; an error without its words."""
    made = to_dict(evolve(
        payload, ancestor_ids=(), name=None, input_messages=(), output_messages=(),
        input_value=None, output_value=None, tools=(), parameters={}, usage=None, cost=None,
        error=payload.error and evolve(payload.error, stacktrace=None), attempts=(), tags=(),
        metadata={}, attributes={},
    ))  # fmt: skip
    del made["id"], made["timing"]
    made.get("error", {}).pop("message", None)
    return made
