"""What llmlog raises, each with its remedy in the message."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class LlmlogError(Exception):
    """Any error that llmlog raises on purpose."""


class SettingsError(LlmlogError):
    """One or more settings are wrong; every problem is a line of the message."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class PluginError(LlmlogError):
    """A plugin is missing, broken or does not fit this version of llmlog."""


class AuditError(LlmlogError):
    """The record of a call could not be written to the audit log, which settings require."""


class Blocked(LlmlogError):  # noqa: N818  # it is a verdict, not a fault
    """Raise it in a `pre_call` hook to stop the call; the caller receives it.

    `reason` reaches the caller and the record: never put a part of the prompt into it.
    """

    def __init__(self, reason: str, *, guardrail: str | None = None) -> None:
        self.reason = reason
        self.guardrail = guardrail
        super().__init__(reason)


def nearest(name: str, names: Iterable[str]) -> str:
    """Say what was probably meant, as `: did you mean 'x'?`, or nothing."""
    matches = get_close_matches(name, list(names), n=1)
    return f": did you mean {matches[0]!r}?" if matches else ""
