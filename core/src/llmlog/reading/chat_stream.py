"""Deltas of OpenAI chat completions, and chunks of text completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlog.message import JSON
from llmlog.reading.access import items, mapping, text

Item = Mapping[str, JSON]
_GROWING = ("content", "refusal", "reasoning_content", "reasoning")
_FACTS = ("id", "object", "model", "service_tier", "system_fingerprint", "usage", "x_groq")


def assemble(chunks: Sequence[Item]) -> dict[str, JSON]:
    """Return the completion that the chunks are of."""
    choices: dict[int, _Choice] = {}
    made: dict[str, JSON] = {}
    for chunk in chunks:
        made.update({name: chunk[name] for name in _FACTS if chunk.get(name) is not None})
        for raw in items(chunk.get("choices")):
            choice = mapping(raw)
            index = choice.get("index")
            number = index if isinstance(index, int) else 0
            choices.setdefault(number, _Choice()).add(choice)
    return {**made, "choices": [choices[number].plain(number) for number in sorted(choices)]}


class _Choice:
    """One choice as it grows."""

    def __init__(self) -> None:
        self.message: dict[str, JSON] = {}
        self.text: list[str] = []
        self.growing: dict[str, list[str]] = {}
        self.calls = _Calls()
        self.legacy = _Calls()
        self.audio: dict[str, str] = {}
        self.finish_reason: JSON = None

    def add(self, choice: Item) -> None:
        """Take in one chunk of the choice."""
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        self.text.append(text(choice.get("text")) or "")
        delta = mapping(choice.get("delta"))
        for name in _GROWING:
            if isinstance(delta.get(name), str):
                self.growing.setdefault(name, []).append(delta[name])
        if delta.get("role"):
            self.message["role"] = delta["role"]
        for call in items(delta.get("tool_calls")):
            self.calls.add(mapping(call))
        if delta.get("function_call"):
            self.legacy.add({"index": 0, "function": delta["function_call"]})
        self._hear(mapping(delta.get("audio")))

    def _hear(self, audio: Item) -> None:
        if text(audio.get("id")):
            self.audio["id"] = audio["id"]
        for name in ("data", "transcript"):
            if text(audio.get(name)):
                self.audio[name] = self.audio.get(name, "") + audio[name]

    def plain(self, index: int) -> dict[str, JSON]:
        """Return the choice as a response has it."""
        made: dict[str, JSON] = {"index": index, "finish_reason": self.finish_reason}
        if any(self.text):
            return {**made, "text": "".join(self.text)}
        message = {**self.message, **{name: "".join(texts) for name, texts in self.growing.items()}}
        if self.calls.made:
            message["tool_calls"] = self.calls.made
        if self.legacy.made:
            message["function_call"] = self.legacy.made[0]["function"]
        if self.audio:
            message["audio"] = self.audio
        return {**made, "message": {"role": "assistant", **message}}


class _Calls:
    """Tool calls as they grow: a fragment goes by its index, else by its id, else to the last."""

    def __init__(self) -> None:
        self.made: list[dict[str, JSON]] = []
        self._by_key: dict[JSON, dict[str, JSON]] = {}

    def add(self, fragment: Item) -> None:
        """Take in one fragment."""
        call = self._call(fragment)
        for name in ("id", "type"):
            call[name] = call.get(name) or fragment.get(name)
        for body, growing in (("function", "arguments"), ("custom", "input")):
            part = mapping(fragment.get(body))
            if part:
                _grow(call.setdefault(body, {}), part, growing)

    def _call(self, fragment: Item) -> dict[str, JSON]:
        index, key = fragment.get("index"), text(fragment.get("id"))
        if not isinstance(index, int):
            index = key
        if index is None and self.made:
            return self.made[-1]
        if index not in self._by_key:
            self._by_key[index] = {}
            self.made.append(self._by_key[index])
        return self._by_key[index]


def _grow(body: dict[str, JSON], part: Item, growing: str) -> None:
    body["name"] = body.get("name") or part.get("name")
    if isinstance(part.get(growing), str):
        body[growing] = body.get(growing, "") + part[growing]
