"""Making plain what came from the application, with a note of what had to be replaced."""

from __future__ import annotations

from typing import Any

from llmlog.message import JSON
from llmlog.payload import Change
from llmlog.plain import MAX_DEPTH, is_plain, plain
from llmlog.snapshot import MAX_NODES


class Cleaner:
    """Makes values plain and remembers where something had to be replaced."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def __call__(self, path: str, value: Any) -> JSON:
        """Return the value as plain data; `path` is where it stands in the payload."""
        if value is None or (type(value) is str and value.isascii()):
            return value
        made, replaced = plain(value)
        if replaced:
            self.changes.append(
                Change(path=path, action="replaced", rule="not_json", count=len(replaced))
            )
        return made

    def own(self, path: str, value: Any) -> JSON:
        """Return a snapshot as plain data: itself, where it is that already."""
        exact = type(value)
        if (exact is dict or exact is list) and is_plain(value, [MAX_NODES], MAX_DEPTH - 1):
            return value
        return self(path, value)

    def mapping(self, path: str, value: Any) -> dict[str, JSON]:
        """Return a dict whatever the value is."""
        if value is None:
            return {}
        made = self(path, value)
        return made if isinstance(made, dict) else {"value": made}

    def refuse(self, path: str) -> None:
        """Note that a value was left out: it is not of the kind that its field holds."""
        self.changes.append(Change(path=path, action="replaced", rule="wrong_type"))

    def text(self, path: str, value: Any) -> str | None:
        """Return a text or None."""
        if type(value) is str and value.isascii():
            return value
        made = self(path, value)
        return made if made is None or isinstance(made, str) else str(made)
