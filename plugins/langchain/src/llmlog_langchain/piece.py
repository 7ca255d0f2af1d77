"""The pieces of a streamed answer, and when each came."""

from __future__ import annotations

from typing import Any

from llmlog import Call
from llmlog.encoding import dumps_text


class Pieces:
    """Takes the pieces of one answer; its last piece gets what only the whole answer says."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._chunk: dict[str, Any] = {}
        self._passing = call.stream(self)

    def __iter__(self) -> Pieces:
        return self

    def __next__(self) -> dict[str, Any]:
        return self._chunk

    def put(self, token: Any, chunk: Any) -> None:
        """Note a piece: its words, and whether it has others than words."""
        message = getattr(chunk, "message", None)
        calls = getattr(message, "tool_call_chunks", None)
        words = _words(token if message is None else message.content)
        delta = {"content": words, "more": bool(calls)}
        self._chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        next(self._passing)

    def end(self, completion: dict[str, Any]) -> None:
        """End the record: words as they came, all else as the whole answer has it."""
        choice = (completion.pop("choices") or [{}])[0]
        last = self._chunk["choices"][0]
        last["delta"] = {**last["delta"], **_beyond_words(choice.get("message") or {})}
        last["finish_reason"] = choice.get("finish_reason")
        self._chunk.update(completion)
        self._call.finish_stream()


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = [block if isinstance(block, str) else block.get("text") for block in blocks]
    return "".join(text for text in texts if isinstance(text, str))


def _beyond_words(said: dict[str, Any]) -> dict[str, Any]:
    content = said.get("content")
    blocks = content if isinstance(content, list) else []
    thoughts = [block["thinking"] for block in blocks
                if isinstance(block, dict) and isinstance(block.get("thinking"), str)]  # fmt: skip
    known = {
        "tool_calls": [_fragment(number, call) for number, call in
                       enumerate(said.get("tool_calls") or ())],
        "reasoning_content": said.get("reasoning_content") or "".join(thoughts),
    }  # fmt: skip
    return {name: value for name, value in known.items() if value}


def _fragment(number: int, call: dict[str, Any]) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": dumps_text(call["args"])}
    return {"index": number, "id": call["id"], "type": "function", "function": function}
