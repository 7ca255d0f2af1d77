"""How much one payload's redaction may cost; what is over it is hidden unseen."""

from __future__ import annotations

import time
from collections.abc import Callable

from attrs import define, field, frozen

from llmlog.errors import LlmlogError


class Spent(LlmlogError):  # noqa: N818  # it is a verdict, not a fault
    """The budget is spent; the text says which."""


@frozen(kw_only=True)
class Bounds:
    """The bounds of one payload's redaction: time, characters in all, one text, values, depth."""

    seconds: float = 1.0
    characters: int = 16 * 1024 * 1024
    text: int = 2 * 1024 * 1024
    values: int = 200_000
    depth: int = 64


@define(eq=False)
class Budget:
    """What is left of the bounds."""

    bounds: Bounds = field(factory=Bounds)
    now_s: Callable[[], float] = time.monotonic
    characters: int = 0
    values: int = 0
    end_s: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.end_s = self.now_s() + self.bounds.seconds

    def check_time(self) -> None:
        """Raise `Spent` when the time is over."""
        if self.now_s() > self.end_s:
            raise Spent("time")

    def take_text(self, text: str) -> None:
        """Raise `Spent` when a text is too long, or one too many."""
        self.characters += len(text)
        if len(text) > self.bounds.text:
            raise Spent("length")
        if self.characters > self.bounds.characters:
            raise Spent("size")
        self.check_time()

    def take_value(self, depth: int) -> None:
        """Raise `Spent` when a value is too deep, or one too many."""
        self.values += 1
        if depth > self.bounds.depth:
            raise Spent("depth")
        if self.values > self.bounds.values:
            raise Spent("count")
