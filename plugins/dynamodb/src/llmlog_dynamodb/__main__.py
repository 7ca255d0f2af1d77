"""Print the table's definition: `python -m llmlog_dynamodb [table]`."""

from __future__ import annotations

import json
import sys

from llmlog_dynamodb.table import definition

if __name__ == "__main__":
    table = sys.argv[1] if len(sys.argv) > 1 else "llmlog_calls"
    sys.stdout.write(json.dumps(definition(table), indent=2) + "\n")
