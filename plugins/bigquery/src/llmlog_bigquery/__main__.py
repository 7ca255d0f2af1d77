"""Print the table's schema: `python -m llmlog_bigquery > schema.json`."""

from __future__ import annotations

import json
import sys

from llmlog_bigquery.table import schema

if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=1) + "\n")
