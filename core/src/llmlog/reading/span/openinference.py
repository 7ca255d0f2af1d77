"""Spans of OpenInference.

https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmlog.message import JSON
from llmlog.payload import Kind
from llmlog.reading.access import count, parsed, text
from llmlog.reading.conversation import read_messages
from llmlog.reading.reading import Reading
from llmlog.reading.response import read_response
from llmlog.reading.span.attribute import Attributes, first, item, items, nested, value_of

_APART = frozenset({
    "model", "model_name", "stream", "tools", "functions", "messages", "input", "prompt",
    "instructions", "contents", "documents", "query", "_type",
})  # fmt: skip
_MODELS = ("llm.model_name", "embedding.model_name", "reranker.model_name")
_COUNTS = "llm.token_count."


def read(kind: Kind, attributes: Attributes) -> dict[str, Any]:
    """Return what the attributes of one span say."""
    asked = item(attributes.get("input.value"))
    given = item(first(attributes, "llm.invocation_parameters", "embedding.invocation_parameters"))
    told = _answer(kind, attributes)
    return {
        "provider": text(first(attributes, "llm.provider", "llm.system")),
        "request_model": text(asked.get("model")) or text(given.get("model")) or _model(attributes),
        "response_model": told.response_model or _model(attributes),
        "response_id": told.response_id,
        "service_tier": told.service_tier,
        "stream": bool(asked.get("stream")) if "model" in asked else None,
        "parameters": _parameters(given or asked),
        "tools": _tools(asked, attributes),
        "usage": told.usage or _usage(attributes),
        **_conversation(kind, asked, attributes, told),
        **_value(kind, asked, attributes, told),
        **_owner(attributes),
    }


def _model(attributes: Attributes) -> str | None:
    return text(first(attributes, *_MODELS))


def _answer(kind: Kind, attributes: Attributes) -> Reading:
    """Read the provider's whole response, where the span holds it."""
    said = item(attributes.get("output.value"))
    if "generations" in said:
        return _of_langchain(said)
    whole = any(name in said for name in ("choices", "output", "candidates", "data", "usage"))
    return read_response(said) if whole and kind != "chain" else Reading()


def _of_langchain(said: Mapping[str, JSON]) -> Reading:
    """Read what the provider said of itself in what LangChain made of its answer."""
    batches = [item(one) for batch in items(said["generations"]) for one in items(batch)]
    kwargs = item(item(item(batches[0]).get("message")).get("kwargs")) if batches else {}
    told = item(kwargs.get("response_metadata"))
    return Reading(
        response_model=text(first(told, "model_name", "model")),
        response_id=text(told.get("id")),
        service_tier=text(told.get("service_tier")),
    )


def _parameters(given: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: value for name, value in given.items()
            if name not in _APART and value not in (None, "")}  # fmt: skip


def _tools(asked: Mapping[str, JSON], attributes: Attributes) -> tuple[JSON, ...]:
    known = items(asked.get("tools")) or items(asked.get("functions"))
    flat = items(nested(attributes, "llm.tools"))
    return tuple(known or (parsed(item(item(one).get("tool")).get("json_schema")) for one in flat))


def _conversation(
    kind: Kind, asked: Mapping[str, JSON], attributes: Attributes, told: Reading
) -> dict[str, Any]:
    if kind not in ("chat", "text_completion"):
        return {}
    spoken = [_message(one) for one in items(nested(attributes, "llm.output_messages"))]
    spoken = [one for one in spoken if one.get("content") or one.get("tool_calls")]
    return {
        "input_messages": _asked(asked, attributes),
        "output_messages": told.output_messages or read_response(
            _finished(spoken, attributes) or _completions(attributes)).output_messages,
        "output_value": told.output_value,
    }  # fmt: skip


def _asked(asked: Mapping[str, JSON], attributes: Attributes) -> tuple[Any, ...]:
    """Read the request's own messages where they are there in full, else the flat ones."""
    turns = asked.get("messages")
    if turns and all("role" in item(turn) for turn in items(turns)) and isinstance(turns, list):
        return read_messages(dict(asked))
    flat = [_message(one) for one in items(nested(attributes, "llm.input_messages"))]
    prompts = [item(item(one).get("prompt")).get("text")
               for one in items(nested(attributes, "llm.prompts"))]  # fmt: skip
    return read_messages(flat or prompts or asked.get("prompt"))


def _finished(spoken: list[JSON], attributes: Attributes) -> JSON:
    if not spoken:
        return None
    reason = text(attributes.get("llm.finish_reason"))
    return {"choices": [{"message": one, "finish_reason": reason} for one in spoken]}


def _completions(attributes: Attributes) -> JSON:
    texts = [item(item(one).get("completion")).get("text")
             for one in items(nested(attributes, "llm.choices"))]  # fmt: skip
    return {"choices": [{"text": one} for one in texts]}


def _message(raw: JSON) -> dict[str, JSON]:
    """Put a message back into the shape of OpenAI's, which it was flattened from."""
    said = item(item(raw).get("message"))
    made: dict[str, JSON] = {name: said[name] for name in ("role", "name", "tool_call_id")
                             if name in said}  # fmt: skip
    parts = [_part(item(item(one).get("message_content"))) for one in items(said.get("contents"))]
    calls = [_tool_call(item(item(one).get("tool_call"))) for one in items(said.get("tool_calls"))]
    made["content"] = parts or said.get("content")
    return {**made, "tool_calls": calls} if calls else made


def _part(said: Mapping[str, JSON]) -> JSON:
    url = item(item(said.get("image")).get("image")).get("url")
    if url:
        return {"type": "image_url", "image_url": {"url": url}}
    kind = text(said.get("type")) or "text"
    if kind == "reasoning":
        return {
            "type": "thinking",
            "thinking": said.get("text"),
            "signature": said.get("signature"),
        }
    return {"type": kind, **{name: value for name, value in said.items() if name != "type"}}


def _tool_call(said: Mapping[str, JSON]) -> JSON:
    body = item(said.get("function"))
    made: dict[str, JSON] = {"type": "function", "function": dict(body)}
    return {"id": said["id"], **made} if "id" in said else made


def _usage(attributes: Attributes) -> JSON:
    """Return the counts in OpenAI's shape; the prompt's holds what was cached."""
    counts = {name[len(_COUNTS):]: count(value) for name, value in attributes.items()
              if name.startswith(_COUNTS)}  # fmt: skip
    if counts.get("prompt") is None and counts.get("completion") is None:
        return None
    return {
        "prompt_tokens": counts.get("prompt"), "completion_tokens": counts.get("completion"),
        "total_tokens": counts.get("total"),
        "prompt_tokens_details": {
            "cached_tokens": counts.get("prompt_details.cache_read"),
            "cache_write_tokens": counts.get("prompt_details.cache_write"),
            "audio_tokens": counts.get("prompt_details.audio"),
        },
        "completion_tokens_details": {
            "reasoning_tokens": counts.get("completion_details.reasoning"),
            "audio_tokens": counts.get("completion_details.audio"),
        },
    }  # fmt: skip


def _value(
    kind: Kind, asked: Mapping[str, JSON], attributes: Attributes, told: Reading
) -> dict[str, Any]:
    """Return input and output of what is no conversation."""
    if kind in ("chat", "text_completion"):
        return {}
    if kind == "embedding":
        return {"input_value": asked.get("input") or _texts(attributes),
                "output_value": told.output_value or _vectors(attributes)}  # fmt: skip
    if kind in ("retrieval", "rerank"):
        name = "retrieval.documents" if kind == "retrieval" else "reranker.output_documents"
        found = {"documents": list(_documents(items(nested(attributes, name))))}
        query = text(attributes.get("reranker.query"))
        return {"input_value": query or parsed(attributes.get("input.value")),
                "output_value": found if found["documents"]
                else parsed(attributes.get("output.value"))}  # fmt: skip
    return {"name": text(first(attributes, "tool.name", "agent.name")),
            "input_value": parsed(first(attributes, "tool.parameters", "input.value")),
            "output_value": value_of(parsed(attributes.get("output.value")))}  # fmt: skip


def _rows(attributes: Attributes) -> list[Mapping[str, JSON]]:
    return [item(item(one).get("embedding"))
            for one in items(nested(attributes, "embedding.embeddings"))]  # fmt: skip


def _texts(attributes: Attributes) -> JSON:
    return [row["text"] for row in _rows(attributes) if "text" in row] or None


def _vectors(attributes: Attributes) -> JSON:
    sizes = [len(row["vector"]) for row in _rows(attributes) if isinstance(row.get("vector"), list)]
    return {"count": len(sizes), "dimensions": sizes[0]} if sizes else None


def _documents(rows: list[JSON]) -> Iterator[dict[str, JSON]]:
    for row in rows:
        said = {name: parsed(value) if name == "metadata" else value
                for name, value in item(item(row).get("document")).items()}  # fmt: skip
        yield said


def _owner(attributes: Attributes) -> dict[str, Any]:
    return {
        "session_id": text(attributes.get("session.id")),
        "user_id": text(attributes.get("user.id")),
        "tags": tuple(map(str, items(attributes.get("tag.tags")))),
        "metadata": item(attributes.get("metadata")),
        "prompt_version": text(attributes.get("llm.prompt_template.version")),
    }
