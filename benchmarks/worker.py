"""Measure one cell in this process, and write the numbers as the last line."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from measure import Cell


def main() -> None:
    """Read a cell as JSON from the command line."""
    cell = Cell(**json.loads(sys.argv[1]))
    measured: dict[str, Any] = import_module(f"measure.{cell.measurement}").measure(cell)
    sys.stdout.write("\n" + json.dumps(measured) + "\n")


if __name__ == "__main__":
    main()
