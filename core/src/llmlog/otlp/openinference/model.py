"""What OpenInference says of a model and its conversation: everything under `llm.`."""

from __future__ import annotations

from collections.abc import Mapping

from llmlog import Payload, Usage
from llmlog.chat import present
from llmlog.encoding import dumps_text
from llmlog.fact import dollars
from llmlog.message import JSON
from llmlog.otlp.openinference.message import flat_messages

PROVIDERS: Mapping[str, str] = {
    "aws.bedrock": "aws", "azure.ai.inference": "azure", "azure.ai.openai": "azure",
    "gcp.gemini": "google", "gcp.gen_ai": "google", "gcp.vertex_ai": "google",
    "mistral_ai": "mistralai", "moonshot_ai": "moonshot", "x_ai": "xai",
}  # fmt: skip
"""Who is called otherwise in the GenAI conventions."""
SYSTEMS: Mapping[str, str] = {
    "openai": "openai", "azure.ai.openai": "openai", "anthropic": "anthropic", "cohere": "cohere",
    "mistral_ai": "mistralai", "gcp.vertex_ai": "vertexai",
}  # fmt: skip
"""Whose interface a provider speaks, where it is sure."""


def model(payload: Payload) -> dict[str, JSON]:
    """Return model, provider, parameters, messages, tools, tokens and cost."""
    provider = payload.provider_name or ""
    return {
        "llm.model_name": payload.model,
        "llm.request.model_name": payload.request_model,
        "llm.response.model_name": payload.response_model,
        "llm.provider": PROVIDERS.get(provider, payload.provider_name),
        "llm.system": SYSTEMS.get(provider),
        "llm.invocation_parameters": dumps_text(payload.parameters) if payload.parameters else None,
        "llm.finish_reason": next(iter(payload.finish_reasons), None),
        **dict(flat_messages("llm.input_messages", payload.input_messages)),
        **dict(flat_messages("llm.output_messages", payload.output_messages)),
        **{f"llm.tools.{number}.tool.json_schema": dumps_text(tool)
           for number, tool in enumerate(payload.tools)},
        **_usage(payload.usage or Usage()),
        **_cost(payload),
    }  # fmt: skip


def _usage(usage: Usage) -> dict[str, JSON]:
    """Return the tokens; images have no name published, but the prefix is for any detail."""
    return {
        "llm.token_count.prompt": usage.total_input_tokens,
        "llm.token_count.completion": usage.total_output_tokens,
        "llm.token_count.total": usage.total_tokens,
        "llm.token_count.prompt_details.cache_read": usage.cache_read_tokens,
        "llm.token_count.prompt_details.cache_write": usage.cache_write_tokens,
        "llm.token_count.prompt_details.audio": usage.input_audio_tokens,
        "llm.token_count.prompt_details.image": usage.input_image_tokens,
        "llm.token_count.completion_details.reasoning": usage.reasoning_tokens,
        "llm.token_count.completion_details.audio": usage.output_audio_tokens,
        "llm.token_count.completion_details.image": usage.output_image_tokens,
    }


def _cost(payload: Payload) -> dict[str, JSON]:
    """Return the cost in dollars, the only currency these names know."""
    cost = dollars(payload)
    return present(
        {
            "llm.cost.prompt": cost.input,
            "llm.cost.completion": cost.output,
            "llm.cost.total": cost.total,
        }
    )
