"""Print one line per LLM call on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

from attrs import frozen

from llmlog import HookPlugin, Payload, env, hookimpl
from llmlog.line import line, record

__all__ = ["Console", "Settings", "exporter", "line", "record"]


@frozen(kw_only=True)
class Settings:
    """How a call looks."""

    format: Literal["line", "json"] = env(default="line", help="line for people, json for programs")
    preview: int = env(
        default=0, help="characters of question and answer to show in a line; 0 shows none"
    )
    color: Literal["auto", "always", "never"] = env(
        default="auto", help="auto colours on a terminal only"
    )
    no_color: str | None = env("NO_COLOR", default=None, help="any value: auto colours nothing")
    term: str | None = env("TERM", default=None, help="dumb: auto colours nothing")


class Console:
    """Writes each call to standard error, with one `write` per line."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        """Print a call that succeeded."""
        self._print(payload)

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        """Print any other call."""
        self._print(payload)

    def _print(self, payload: Payload) -> None:
        is_json, preview = self._settings.format == "json", self._settings.preview
        text = record(payload) if is_json else line(payload, preview=preview, color=self._colored())
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def _colored(self) -> bool:
        settings = self._settings
        if settings.color != "auto":
            return settings.color == "always"
        return not settings.no_color and settings.term != "dumb" and sys.stderr.isatty()

    def check(self) -> str:
        """Say where lines go."""
        terminal = "a terminal" if sys.stderr.isatty() else "no terminal"
        return f"prints to standard error, which is {terminal}"


make: Callable[[Settings], Console] = Console
exporter = HookPlugin(name="console", settings=Settings, make=make)
