"""An append-only log of every call, in which each record seals the one before it."""

from __future__ import annotations

from llmlog.audit.chain import Break, Link, verify
from llmlog.audit.journal import Journal

__all__ = ["Break", "Journal", "Link", "verify"]
