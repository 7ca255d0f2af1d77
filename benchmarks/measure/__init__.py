"""One module for each measurement: `measure(cell)` in a process of its own, numbers out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class Cell:
    """One thing to measure: by which module, of whom, with what.

    `count` is how many events; `options` are those of the subject, `more` those of the
    measurement.
    """

    measurement: str
    subject: str = "llmlog"
    case: str = "small"
    count: int = 2000
    options: Mapping[str, Any] = field(factory=dict)
    more: Mapping[str, Any] = field(factory=dict)

    @property
    def label(self) -> str:
        """Return the name of the subject with its options."""
        told = ", ".join(f"{name}={value}" for name, value in {**self.options, **self.more}.items())
        return f"{self.subject} ({told})" if told else self.subject
