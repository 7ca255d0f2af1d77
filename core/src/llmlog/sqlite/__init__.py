"""Calls in one SQLite file: written in transactions, kept within bounds, read back.

https://www.sqlite.org/wal.html
"""

from __future__ import annotations

from llmlog.sqlite.reader import Where, read
from llmlog.sqlite.store import opened, write
from llmlog.sqlite.table import NewerSchemaError

__all__ = ["NewerSchemaError", "Where", "opened", "read", "write"]
