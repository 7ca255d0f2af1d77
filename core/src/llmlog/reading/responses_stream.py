"""Events of the OpenAI Responses API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlog.message import JSON
from llmlog.reading.access import mapping, text

Item = Mapping[str, JSON]
_ENDINGS = ("response.completed", "response.incomplete", "response.failed")
_WORDS = {
    "response.output_text.delta": ("message", "content", "text", "output_text"),
    "response.refusal.delta": ("message", "content", "refusal", "refusal"),
    "response.reasoning_text.delta": ("reasoning", "content", "text", "reasoning_text"),
    "response.reasoning_summary_text.delta": ("reasoning", "summary", "text", "summary_text"),
}
_ARGUMENTS = {
    "response.function_call_arguments.delta": ("function_call", "arguments"),
    "response.custom_tool_call_input.delta": ("custom_tool_call", "input"),
    "response.mcp_call_arguments.delta": ("mcp_call", "arguments"),
}


def assemble(events: Sequence[Item]) -> dict[str, JSON]:
    """Return the response of the last event; of a stream that was cut, what there was by then."""
    for event in reversed(events):
        if event.get("type") in _ENDINGS and mapping(event.get("response")):
            return dict(mapping(event["response"]))
    started = (mapping(event.get("response")) for event in events)
    known = next((response for response in started if response), {})
    growing = _Growing()
    for event in events:
        growing.add(event)
    facts = {name: value for name, value in known.items() if name not in ("status", "output")}
    return {"object": "response", **facts, "output": growing.plain()}


class _Growing:
    """The output items of a response as they grow, by their index."""

    def __init__(self) -> None:
        self._items: dict[int, dict[str, JSON]] = {}
        self._words: dict[tuple[int, str, int], dict[str, JSON]] = {}
        self._done: set[int] = set()

    def add(self, event: Item) -> None:
        """Take in one event."""
        kind, index = text(event.get("type")) or "", event.get("output_index")
        if not isinstance(index, int) or index in self._done:
            return
        if kind in ("response.output_item.added", "response.output_item.done"):
            self._items[index] = dict(mapping(event.get("item")))
            if kind.endswith("done"):
                self._done.add(index)
        elif kind in _WORDS:
            self._speak(event, index, *_WORDS[kind])
        elif kind in _ARGUMENTS:
            self._argue(event, index, *_ARGUMENTS[kind])

    def _speak(self, event: Item, index: int, *shape: str) -> None:
        kind, place, field, part_kind = shape
        self._items.setdefault(index, {"type": kind})
        number = event.get("summary_index" if place == "summary" else "content_index")
        key = (index, place, number if isinstance(number, int) else 0)
        part = self._words.setdefault(key, {"type": part_kind, field: ""})
        part[field] = part.get(field, "") + (text(event.get("delta")) or "")

    def _argue(self, event: Item, index: int, kind: str, field: str) -> None:
        item = self._items.setdefault(index, {"type": kind})
        item[field] = (text(item.get(field)) or "") + (text(event.get("delta")) or "")

    def plain(self) -> list[JSON]:
        """Return the items in their order."""
        return [self._items[index] if index in self._done else self._unfinished(index)
                for index in sorted(self._items)]  # fmt: skip

    def _unfinished(self, index: int) -> JSON:
        item = dict(self._items[index])
        for place in ("content", "summary"):
            parts = [self._words[key] for key in sorted(self._words) if key[:2] == (index, place)]
            if parts:
                item[place] = parts
        return item
