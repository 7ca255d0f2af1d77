"""Print the statements that make and migrate the table: `python -m llmlog_supabase [table]`."""

from __future__ import annotations

import sys

from llmlog_supabase.table import statements

if __name__ == "__main__":
    table = sys.argv[1] if len(sys.argv) > 1 else "llmlog_calls"
    sys.stdout.write("".join(f"{statement};\n" for statement in statements(table)))
