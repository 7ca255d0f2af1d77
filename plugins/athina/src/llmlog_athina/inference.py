"""A payload as an inference.

Source: the parameters of `InferenceLogger.log_inference` in the vendor's SDK athina-logger.
"""

from __future__ import annotations

from llmlog import Payload, Usage
from llmlog.chat import chat, present, tool_call
from llmlog.fact import CONTENT, GIVEN, dollars, rest
from llmlog.instant import utc
from llmlog.message import JSON

_MAX_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def inference(payload: Payload, environment: str | None) -> dict[str, JSON]:
    """Return the inference of a call; the time is in milliseconds."""
    usage = payload.usage or Usage()
    calls = [tool_call(part) for message in payload.output_messages for part in message.tool_calls]
    return present({
        "prompt": chat(payload.input_messages) or _prompt(payload.input_value),
        "response": _response(payload),
        "prompt_slug": payload.prompt_name,
        "language_model_id": payload.model,
        "environment": environment or payload.environment,
        "tools": list(payload.tools) or None,
        "tool_calls": calls or None,
        "external_reference_id": payload.id,
        "customer_id": payload.organization_id,
        "customer_user_id": payload.user_id,
        "session_id": payload.session_id,
        "user_query": _query(payload),
        "prompt_tokens": usage.total_input_tokens,
        "completion_tokens": usage.total_output_tokens,
        "total_tokens": usage.total_tokens,
        "response_time": payload.timing.duration_ns // 1_000_000,
        "cost": dollars(payload).total,
        "custom_attributes": _attributes(payload),
        "model_options": _options(payload) or None,
    })  # fmt: skip


def _prompt(value: JSON) -> JSON:
    """Return a value in a form that Athina takes: a text, a dict or a list of dicts."""
    fits = isinstance(value, (str, dict)) or (
        isinstance(value, list) and all(isinstance(item, dict) for item in value)
    )
    return value if fits or value is None else {"input": value}


def _response(payload: Payload) -> JSON:
    """Return the words of a single answer, anything else as it is."""
    messages = payload.output_messages
    if len(messages) == 1 and messages[0].text:
        return messages[0].text
    return chat(messages) or payload.output_value


def _query(payload: Payload) -> str | None:
    """Return what the user said last."""
    said = (message.text for message in reversed(payload.input_messages) if message.role == "user")
    return next(said, None) or None


def _options(payload: Payload) -> dict[str, JSON]:
    """Return the parameters under Athina's names, those without one as extra options."""
    given = payload.parameters
    limit = next((given[name] for name in _MAX_TOKENS if given.get(name) is not None), None)
    known = {"temperature": given.get("temperature"), "max_completion_tokens": limit,
             "stop": given.get("stop"), "top_p": given.get("top_p")}  # fmt: skip
    taken = {*known, *_MAX_TOKENS}
    extra = {name: value for name, value in given.items() if name not in taken}
    return present({**known, "extra_options": extra or None})


def _attributes(payload: Payload) -> dict[str, JSON]:
    """Return every fact without a place of its own; the user's own keys come last."""
    made = rest(payload, *CONTENT, *GIVEN, "id", "timing", "session_id", "user_id")
    told = present({
        "started_at": utc(payload.timing.start_unix_ns).isoformat(),
        "time_to_first_token_ms": payload.timing.first_token_ms,
        "finish_reasons": list(payload.finish_reasons) or None,
    })  # fmt: skip
    return {**payload.attributes, **made, **told, **payload.metadata}
