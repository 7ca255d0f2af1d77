"""A payload as the events of a run.

Source: the events in the OpenAPI comments of Lunary's server, and what the server does with them:
it orders the events of a request by their times, and reckons the cost by the name of the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmlog import Payload, Usage
from llmlog.chat import chat, present, text_of
from llmlog.fact import GIVEN, rest
from llmlog.instant import iso
from llmlog.message import JSON

TYPES: Mapping[str, str] = {
    "embedding": "embed", "tool": "tool", "retrieval": "retriever", "agent": "agent",
    "chain": "chain", "guardrail": "chain",
}  # fmt: skip

PLACED = ("id", "ancestor_ids", "timing", "user_id", "input_messages", "input_value", "tools",
          "tags", "usage.raw", "error.stacktrace")  # fmt: skip


def events(payload: Payload) -> Iterator[dict[str, JSON]]:
    """Yield the start of a run and its end."""
    run = {"type": TYPES.get(payload.kind, "llm"), "runId": payload.id}
    yield {**run, **present({
        "event": "start",
        "timestamp": iso(payload.timing.start_unix_ns, "milliseconds"),
        "parentRunId": payload.ancestor_ids[-1] if payload.ancestor_ids else None,
        "name": _name(payload),
        "input": chat(payload.input_messages) or payload.input_value,
        "params": _params(payload) or None,
        "metadata": _metadata(payload) or None,
        "tags": list(dict.fromkeys(payload.tags)) or None,
        "userId": payload.user_id,
        "runtime": "llmlog",
    })}  # fmt: skip
    yield {**run, "timestamp": iso(payload.timing.end_unix_ns, "milliseconds"), **_end(payload)}


def _end(payload: Payload) -> dict[str, JSON]:
    if payload.failed:
        return {"event": "error", "error": _error(payload)}
    usage = payload.usage or Usage()
    tokens = present({
        "prompt": usage.total_input_tokens,
        "completion": usage.total_output_tokens,
        "promptCached": usage.cache_read_tokens,
    })  # fmt: skip
    return present({
        "event": "end", "output": _output(payload), "tokensUsage": tokens or None
    })  # fmt: skip


def _name(payload: Payload) -> str | None:
    """Return the model of a call to one, by which it is priced; of others the name."""
    return payload.name if payload.kind in TYPES and payload.name else payload.model


def _output(payload: Payload) -> JSON:
    said = chat(payload.output_messages)
    return said[0] if len(said) == 1 else said or payload.output_value


def _error(payload: Payload) -> JSON:
    error = payload.error
    if error is None:
        return {"message": payload.status}
    return present({"message": error.words, "stack": error.stacktrace})


def _params(payload: Payload) -> dict[str, JSON]:
    return {**payload.parameters, **({"tools": list(payload.tools)} if payload.tools else {})}


def _metadata(payload: Payload) -> dict[str, JSON]:
    """Return every fact without a place of its own, objects as text: Lunary keeps none here.

    A failed run's answer is here too: the event of an error has no place for it.
    """
    answered = () if payload.failed else ("output_messages", "output_value")
    made = rest(payload, *PLACED, *GIVEN, *answered)
    first = present({"time_to_first_token_s": payload.timing.first_token_s})
    all_of_them = {**payload.attributes, **made, **first, **payload.metadata}
    return {name: _flat(value) for name, value in all_of_them.items()}


def _flat(value: JSON) -> JSON:
    scalars = isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value)
    if scalars or value is None or isinstance(value, (str, int, float)):
        return value
    return text_of(value)
