"""What is recorded: a conversation and its response, in three sizes, and in any size."""

from __future__ import annotations

import random
from typing import Any

from attrs import frozen

MARK = "llmbench-"
"""Every event carries this and eight digits; the sink counts the distinct ones."""


@frozen
class Case:
    """A call as an application has it in hand. Nothing in it is changed by recording it."""

    name: str
    messages: list[dict[str, Any]]
    response: dict[str, Any]

    @property
    def answer(self) -> str:
        """Return the words of the response."""
        text: str = self.response["choices"][0]["message"]["content"]
        return text


def _response(answer: str, tools: bool) -> dict[str, Any]:  # noqa: FBT001
    message: dict[str, Any] = {"role": "assistant", "content": answer}
    if tools:
        function = {"name": "get_weather", "arguments": '{"city": "Oslo", "days": 3}'}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    return {
        "id": "chatcmpl-benchmark", "object": "chat.completion", "created": 1_793_534_400,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 30, "completion_tokens": 50, "total_tokens": 80},
    }  # fmt: skip


_chance = random.Random(7)  # equal in each run
_VOCABULARY = ["".join(_chance.choices("etaoinshrdlucmfw", k=_chance.randint(2, 9)))
               for _ in range(4096)]  # fmt: skip
_WORDS = [_VOCABULARY[number % 4096] for number in range(65_536)]
_VARIED_BYTES = 64 * 1024 * 1024


def _words(size: int) -> str:
    """Return words at random, so that no compression finds more in them than in real texts."""
    numbers = memoryview(_chance.randbytes(2 * (size // 3 + 1))).cast("H")
    return " ".join(map(_WORDS.__getitem__, numbers))[:size]


def conversation(name: str, turns: int, size: int, answer: int = 200) -> Case:
    """Return a case of `turns` messages with `size` characters each."""
    messages = [{"role": ("user", "assistant")[turn % 2], "content": f"{turn} {_words(size)}"}
                for turn in range(turns)]  # fmt: skip
    return Case(name, messages, _response(_words(answer), tools=turns > 1))


def varied(case: Case, count: int) -> list[Case]:
    """Return cases of the same shape with other words in each, of 64 MiB in all at most.

    No compression looks back so far: it finds in an event what is in that event alone.
    """
    turns = len(case.messages)
    size = len(case.messages[0]["content"])
    most = max(40, _VARIED_BYTES // (turns * size + len(case.answer)))
    return [conversation(case.name, turns, size, len(case.answer))
            for _ in range(min(count, most))]  # fmt: skip


CASES = {
    "small": conversation("small", 1, 100),
    "medium": conversation("medium", 10, 780),
    "large": conversation("large", 10, 20_000),
}
"""One message of 100 characters; ten messages, 8 KB in all; ten messages, 200 KB in all."""


def sized(size: int) -> Case:
    """Return a case with about `size` bytes in one message."""
    return conversation(f"{size} B", 1, size)


def marks(count: int) -> list[str]:
    """Return a mark for each event, made before anything is measured."""
    return [f"{MARK}{number:08d}" for number in range(count)]
