"""A payload as a run.

Source: `RunBase` and the tracers of the vendor's SDK. Messages are in the chat completions form,
which LangSmith renders for every provider; what this form has no word for are blocks of its own.

The server refuses a request in which a root's trace id is not its own id, in which a dotted order
does not begin with the trace id and end with the run's id, or in which its times go backwards. An
id is a UUIDv7, which holds its call's start to the millisecond: that is the time of a run in its
own dotted order and in those of all runs below it.

In a run's metadata LangSmith reads model, parameters, tokens, cost and thread. Every other fact of
the record is there under its own name; the user's own metadata come last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from uuid import UUID

from llmlog import Attempt, Media, Payload, Raw, Reasoning, Text
from llmlog.chat import answered, asked, chat, content_block, present
from llmlog.fact import CONTENT, GIVEN, dollars, rest, title
from llmlog.instant import utc
from llmlog.lineage import MS, path, timed
from llmlog.message import JSON, Part
from llmlog.naming import renamed
from llmlog.wording import trouble

TYPES: Mapping[str, str] = {
    "embedding": "embedding", "tool": "tool", "retrieval": "retriever", "agent": "chain",
    "chain": "chain", "guardrail": "chain",
}  # fmt: skip
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
_ATTEMPT = {"number": "number", "status": "status", "model": "model", "provider": "provider_name"}
_MEDIA = {"url": "uri", "base64": "content", "id": "file_id", "mime_type": "mime_type"}


def run(payload: Payload, project: str, *, nested: bool = True) -> dict[str, JSON]:
    """Return the run of a call in a project; a call that is not nested is a trace of its own."""
    runs = path(payload) if nested else [UUID(payload.id)]
    start_ns, order = payload.timing.start_unix_ns, timed(payload, runs)
    latest_ns = order[-1][0]
    return present({
        "id": str(runs[-1]), "trace_id": str(runs[0]),
        "parent_run_id": str(runs[-2]) if len(runs) > 1 else None,
        "dotted_order": ".".join(f"{utc(time):%Y%m%dT%H%M%S%fZ}{each}" for time, each in order),
        "name": title(payload), "run_type": TYPES.get(payload.kind, "llm"), "session_name": project,
        "start_time": _time(latest_ns if abs(latest_ns - start_ns) < MS else start_ns),
        "end_time": _time(payload.timing.end_unix_ns),
        "tags": list(payload.tags) or None,
        "inputs": asked(payload, messages),
        "outputs": answered(payload, messages) or None,
        "events": list(_events(payload)) or None,
        "extra": {"metadata": metadata(payload)},
        "error": trouble(payload),
    })  # fmt: skip


def _events(payload: Payload) -> Iterator[JSON]:
    """Yield the first token, which gives LangSmith its time, and the attempts."""
    if (first_ns := payload.timing.first_token_unix_ns) is not None:
        yield {"name": "new_token", "time": _time(first_ns)}
    yield from map(_attempt, payload.attempts)


def _attempt(attempt: Attempt) -> JSON:
    error, start_ns = attempt.error, attempt.start_unix_ns
    words = {"error": error.words} if error else {}
    return present({
        "name": "attempt" if attempt.reason == "first" else attempt.reason,
        "time": None if start_ns is None else _time(start_ns),
        "kwargs": renamed(attempt, _ATTEMPT) | words,
    })  # fmt: skip


def _time(unix_ns: int) -> str:
    return utc(unix_ns).isoformat(timespec="microseconds")


def _block(part: Part) -> JSON:
    if isinstance(part, Reasoning):
        return {"type": "reasoning", "text": part.content}
    if not isinstance(part, Media):
        return content_block(part)
    kind = part.modality if part.modality in ("image", "audio", "video") else "file"
    return {"type": kind, **renamed(part, _MEDIA)}


messages = partial(chat, block=_block, shown=(Text, Reasoning, Media, Raw))


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
    sums, costs = renamed(payload.tokens, _SUMS), renamed(dollars(payload), _COSTS)
    return {**sums, **costs, **present(details)}


def _model(payload: Payload) -> dict[str, JSON]:
    parameters, provider = payload.parameters, payload.provider_name
    limits = (parameters[name] for name in _MAX_TOKENS if parameters.get(name) is not None)
    stop = parameters.get("stop")
    said = payload.input_messages or payload.output_messages
    return {
        "ls_provider": PROVIDERS.get(provider, provider) if provider else None,
        "ls_model_name": payload.model, "ls_model_type": _MODEL_TYPES.get(payload.kind),
        "ls_message_format": "completions" if said else None,
        "ls_temperature": parameters.get("temperature"), "ls_max_tokens": next(limits, None),
        "ls_stop": [stop] if isinstance(stop, str) else stop,
        "ls_invocation_params": dict(parameters) or None,
    }  # fmt: skip
