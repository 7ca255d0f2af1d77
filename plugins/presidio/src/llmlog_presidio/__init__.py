"""Hide the names of people and places, by Microsoft Presidio.

https://microsoft.github.io/presidio/analyzer/
"""

from __future__ import annotations

import re
from functools import lru_cache

from llmlog import HookPlugin, Payload, hookimpl, with_texts
from llmlog_presidio.analyzer import Found, make_finder
from llmlog_presidio.settings import Settings

__all__ = ["exporter"]

REMEMBERED = 4096
SHORT = 4000
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
"""A tool's name or a key, such as `look_up`: to a model it looks like a name."""


class Redactor:
    """Replaces what Presidio finds in every text, before it goes anywhere.

    What was found in texts that are not long is remembered: a conversation's past comes again with
    each turn, and each destination asks anew.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._find = make_finder(settings)
        self._remembered = lru_cache(REMEMBERED)(self._replaced)

    @hookimpl
    def redact(self, payload: Payload, destination: str) -> Payload | None:
        """Return the payload with names and places hidden."""
        if destination == exporter.name:
            return None  # nothing is delivered here
        return with_texts(payload, self._change, leave=self._settings.leave)

    def check(self) -> str:
        """Say what a sentence becomes."""
        return self._replaced("Ada Lovelace lived in London.")[0]

    def _change(self, text: str) -> tuple[str, tuple[str, ...]]:
        if _IDENTIFIER.fullmatch(text):
            return text, ()
        return self._remembered(text) if len(text) <= SHORT else self._replaced(text)

    def _replaced(self, text: str) -> tuple[str, tuple[str, ...]]:
        found = self._find(text)
        parts: list[str] = []
        done = 0
        for each in found:
            parts += (text[done : each.start], self._placeholder(each))
            done = each.end
        return "".join((*parts, text[done:])), tuple(_rule(each) for each in found)

    def _placeholder(self, found: Found) -> str:
        return self._settings.placeholder.replace("{entity}", found.entity_type.lower())


def _rule(found: Found) -> str:
    return f"presidio:{found.entity_type.lower()}"


exporter = HookPlugin(name="presidio", settings=Settings, make=Redactor, redacts=True)
