"""What is measured: llmlog, its peers and the controls, behind one small face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from case import Case

PEERS: Mapping[str, str] = {
    "opentelemetry": "opentelemetry-sdk", "langfuse": "langfuse", "langsmith": "langsmith",
    "posthog": "posthog", "litellm": "litellm",
}  # fmt: skip
"""Names to the distributions that they are."""


class Subject(Protocol):
    """One library, connected to the sink."""

    def record(self, case: Case, mark: str) -> None:
        """Record one call: what this takes is what the caller pays."""
        ...

    def flush(self) -> None:
        """Send what is waiting, as the library offers it."""
        ...

    def close(self) -> None:
        """End it."""
        ...


def opened(name: str, url: str, **options: Any) -> Subject:
    """Return a subject by name; raise `ImportError` when it is not installed."""
    module, _, _ = name.partition(":")
    make: Callable[..., Subject] = import_module(f"subject.{module}").Subject
    return make(url, **options)
