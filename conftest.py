"""Offer the real servers of `tests/servers` to the tests of every package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tests"))

pytest_plugins = ["servers.fixtures"]
