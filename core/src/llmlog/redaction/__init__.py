"""What may leave for one exporter. Everything here only ever hides more, never less."""

from __future__ import annotations

from llmlog.redaction.hiding import HIDDEN, without_content
from llmlog.redaction.known import Known, known_values
from llmlog.redaction.policy import Content, Policy
from llmlog.redaction.rule import KINDS, Kind

__all__ = [
    "HIDDEN", "KINDS", "Content", "Kind", "Known", "Policy", "known_values", "without_content",
]  # fmt: skip
