"""The vendor's SDK is a witness where it can be installed."""

from __future__ import annotations

import sys

collect_ignore = [] if sys.version_info >= (3, 11) else ["test_langsmith_vendor.py"]
