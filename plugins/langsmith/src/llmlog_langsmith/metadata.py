"""What LangSmith reads in a run's metadata: model, parameters, tokens, cost, thread.

Every other fact of the record is there under its own name; the user's own metadata come last.
"""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload
from llmlog.chat import present
from llmlog.fact import CONTENT, GIVEN, dollars, rest
from llmlog.message import JSON
from llmlog.naming import renamed

PROVIDERS: Mapping[str, str] = {
    "azure.ai.openai": "azure", "azure.ai.inference": "azure", "aws.bedrock": "amazon_bedrock",
    "gcp.vertex_ai": "google_vertexai", "gcp.gemini": "google_genai", "gcp.gen_ai": "google_genai",
}  # fmt: skip
PLACED = (*CONTENT, *GIVEN, "id", "ancestor_ids", "name", "timing", "usage", "cost", "attempts",
          "tags", "error.message", "error.stacktrace")  # fmt: skip
_MODEL_TYPES = {"chat": "chat", "realtime": "chat", "text_completion": "llm"}
_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_SUMS = {"input_tokens": "total_input_tokens", "output_tokens": "total_output_tokens",
         "total_tokens": "total_tokens"}  # fmt: skip
_COSTS = {"input_cost": "input", "output_cost": "output", "total_cost": "total"}
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
    return {**payload.attributes, **rest(payload, *PLACED), **known, **payload.metadata}


def usage_metadata(payload: Payload) -> dict[str, JSON]:
    """Return tokens, the details being part of the sums, and the cost in dollars."""
    details = {"input_token_details": renamed(payload.tokens, _INPUTS) or None,
               "output_token_details": renamed(payload.tokens, _OUTPUTS) or None}  # fmt: skip
    return {
        **renamed(payload.tokens, _SUMS),
        **renamed(dollars(payload), _COSTS),
        **present(details),
    }


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
