"""Print one line per LLM call on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Literal

from attrs import frozen

from llmlog import HookPlugin, Payload, env, hookimpl
from llmlog.schema import to_dict
from llmlog_console.line import line, printable

__all__ = ["Console", "Settings", "exporter", "line", "printable", "record"]


@frozen(kw_only=True)
class Settings:
    """How a call looks."""

    format: Literal["line", "json"] = env(
        "LLMLOG_CONSOLE_FORMAT", default="line", help="line for people, json for programs"
    )
    preview: int = env(
        "LLMLOG_CONSOLE_PREVIEW", default=0,
        help="characters of question and answer to show in a line; 0 shows none",
    )  # fmt: skip
    color: Literal["auto", "always", "never"] = env(
        "LLMLOG_CONSOLE_COLOR", default="auto", help="auto colours on a terminal only"
    )
    no_color: str | None = env("NO_COLOR", default=None, help="any value: auto colours nothing")
    term: str | None = env("TERM", default=None, help="dumb: auto colours nothing")


def record(payload: Payload) -> str:
    """Return the whole record as one line of JSON, in ASCII and without control characters."""
    text = json.dumps(to_dict(payload), separators=(",", ":"))
    return text.replace("\x7f", "\\u007f")


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
        sys.stderr.write(self._text(payload) + "\n")
        sys.stderr.flush()

    def _text(self, payload: Payload) -> str:
        if self._settings.format == "json":
            return record(payload)
        return line(payload, preview=self._settings.preview, color=self._colored())

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
