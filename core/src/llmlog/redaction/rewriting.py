"""Rewriting: somebody's own look at every text of a payload, for `redact` hooks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from llmlog.payload import Payload
from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.masking import Masking, Masks
from llmlog.redaction.walk import masked

Change = Callable[[str], tuple[str, Iterable[str]]]
"""Returns the text as it shall be, and the rules that fired in it, each as often as it did."""
PATIENT = Bounds(seconds=600.0)


def with_texts(
    payload: Payload, change: Change, *, leave: Collection[str] = (), bounds: Bounds = PATIENT
) -> Payload:
    """Return the payload with every text that a user or a provider wrote as `change` makes it.

    `change(text)` returns the text and the names of the rules that fired. It is asked about each
    text wherever it stands, keys of mappings included, and each rule leaves a receipt in `changes`.
    `leave` names fields of the payload that stay as they are. A text on which `change` raises
    becomes a placeholder.
    """
    return masked(payload, _Rewriting(change, bounds), None, media=False, leave=leave)


class _Rewriting(Masking):
    """A masking that asks somebody else."""

    def __init__(self, change: Change, bounds: Bounds) -> None:
        super().__init__(Masks(), Budget(bounds))
        self._change = change

    def _text(self, text: str, nesting: int) -> str:  # noqa: ARG002  # its place in the walk
        if not text:
            return text
        self._budget.take_text(text)
        made, rules = self._change(text)
        if not isinstance(made, str):
            raise TypeError
        fired = list(rules)
        self.counts.update(fired or (["rewritten"] if made != text else []))
        return made
