"""llmlog with `llmlog-http`; by default one plugin, all content, in memory."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from llmlog import HTTPExporter, Logger
from llmlog_http import Settings, encode, limits

if TYPE_CHECKING:
    from case import Case


LARGEST = 20_971_520
"""How many bytes one request may have: what the sink tells LangSmith's client too."""


def _named(number: int) -> Any:
    """Return the plugin `http` under another name, as if it were one more destination."""
    return HTTPExporter(name=f"http{number}", settings=Settings, encode=encode, limits=limits)


class Subject:
    """A Logger."""

    def __init__(self, url: str, plugins: int = 1, bounds: bool = True, gzip: bool = False,  # noqa: FBT001, FBT002
                 **settings: Any) -> None:  # fmt: skip
        table: dict[str, Any] = {"url": f"{url}/llmlog", "format": "ndjson", "gzip": gzip}
        if not bounds:
            table |= {"queue_events": 10_000_000, "queue_bytes": 2**40, "max_bytes": LARGEST}
            settings["intake_bytes"] = 2**40
        self._place = TemporaryDirectory()
        if settings.get("mode", "memory") != "memory":
            settings["directory"] = self._place.name
        made = [_named(number) for number in range(plugins)]
        self.logger = Logger(
            plugins=made, environ={}, file=False, intake=10_000_000,
            plugin={plugin.name: table for plugin in made}, **settings,
        )  # fmt: skip

    def record(self, case: Case, mark: str) -> None:
        """Record a call."""
        with self.logger.call(kind="chat", model="gpt-4o-mini", provider="openai", session="s",
                              user=mark, messages=case.messages) as call:  # fmt: skip
            call.finish(case.response)

    def flush(self) -> None:
        """Wait until everything is sent."""
        self.logger.flush(600)

    def close(self) -> None:
        """Close the Logger."""
        self.logger.close()
        self._place.cleanup()
