"""LangChain's messages and results in the words that llmlog reads: those of chat completions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}
_CALLS = ("tool_use", "tool_call", "tool_call_chunk", "function_call", "input_json_delta")
_MODALITIES = ("image", "audio", "video", "file")


def message_of(message: Any) -> dict[str, Any]:
    """Return a message with its role, content and tool calls."""
    kind = message.type
    made = {
        "role": getattr(message, "role", None) or _ROLES.get(kind, kind),
        "content": _content(message.content),
        "name": getattr(message, "name", None) if kind != "tool" else None,
        "tool_calls": [_call(call) for call in getattr(message, "tool_calls", None) or ()],
        "tool_call_id": getattr(message, "tool_call_id", None),
        "reasoning_content": (getattr(message, "additional_kwargs", None) or {}).get(
            "reasoning_content"
        ),
    }
    return {name: value for name, value in made.items() if value not in (None, [])}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": call.get("id"), "name": call.get("name"), "args": call.get("args")}


def _content(content: Any) -> Any:
    """Return the content without the tool calls, which the message has beside it."""
    if not isinstance(content, list):
        return content
    return [_block(block) for block in content
            if not (isinstance(block, dict) and block.get("type") in _CALLS)]  # fmt: skip


def _block(block: Any) -> Any:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "reasoning" and isinstance(block.get("reasoning"), str):
        return {"type": "thinking", "thinking": block["reasoning"]}
    if kind in _MODALITIES and ("base64" in block or block.get("source_type") == "base64"):
        source = {"data": block.get("base64") or block.get("data"),
                  "media_type": block.get("mime_type"), "type": "base64"}  # fmt: skip
        return {"type": "image" if kind == "image" else "document", "source": source}
    if kind in _MODALITIES and isinstance(block.get("url"), str):
        return {"type": "image" if kind == "image" else "document",
                "source": {"type": "url", "url": block["url"]}}  # fmt: skip
    return block


def completion_of(result: Any) -> dict[str, Any]:
    """Return a model's result as a completion: its choices, and what is known of it."""
    generations = [one for batch in result.generations for one in batch]
    messages = [getattr(one, "message", None) for one in generations]
    facts = _facts(result, messages)
    pairs = enumerate(zip(generations, messages, strict=True))
    choices = [_choice(index, one, message) for index, (one, message) in pairs]
    return {**facts, "choices": choices}


def _choice(index: int, generation: Any, message: Any) -> dict[str, Any]:
    said = {"text": generation.text} if message is None else {"message": message_of(message)}
    info = {**(generation.generation_info or {}), **_metadata(message)}
    ending = next((info[name] for name in ("finish_reason", "stop_reason", "done_reason")
                   if info.get(name)), None)  # fmt: skip
    return {"index": index, "finish_reason": ending, **said}


def _metadata(message: Any) -> dict[str, Any]:
    return dict(getattr(message, "response_metadata", None) or {})


def _facts(result: Any, messages: Iterable[Any]) -> dict[str, Any]:
    first = next((message for message in messages if message is not None), None)
    said = {**(result.llm_output or {}), **_metadata(first)}
    own = getattr(first, "id", None) or ""
    known = {
        "id": said.get("id") or (None if own.startswith(("run-", "lc_run-")) else own or None),
        "model": said.get("model_name") or said.get("model"),
        "service_tier": said.get("service_tier"),
        "usage": _usage(getattr(first, "usage_metadata", None)) or said.get("token_usage"),
    }
    return {name: value for name, value in known.items() if value is not None}


def _usage(counts: Any) -> dict[str, Any] | None:
    """Return LangChain's counts as OpenAI has them: cached within the input, thoughts within."""
    if not counts:
        return None
    into, out = counts.get("input_token_details") or {}, counts.get("output_token_details") or {}
    return {
        "prompt_tokens": counts.get("input_tokens"),
        "completion_tokens": counts.get("output_tokens"),
        "prompt_tokens_details": {
            "cached_tokens": into.get("cache_read"),
            "cache_write_tokens": into.get("cache_creation"),
            "audio_tokens": into.get("audio"),
        },
        "completion_tokens_details": {
            "reasoning_tokens": out.get("reasoning"),
            "audio_tokens": out.get("audio"),
        },
    }
