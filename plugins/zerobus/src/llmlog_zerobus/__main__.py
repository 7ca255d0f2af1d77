"""Print the statement that makes the table: `python -m llmlog_zerobus catalog.schema.table`."""

from __future__ import annotations

import sys

from llmlog_zerobus.table import statement

if __name__ == "__main__":
    table = sys.argv[1] if len(sys.argv) > 1 else "main.llmlog.calls"
    sys.stdout.write(f"{statement(table)};\n")
