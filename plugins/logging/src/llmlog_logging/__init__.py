"""Correlate the log lines of an application with the calls that they are about.

https://docs.python.org/3/library/logging.html
"""

from __future__ import annotations

from llmlog_logging.correlation import Correlation, install, uninstall
from llmlog_logging.handler import CallHandler

__all__ = ["CallHandler", "Correlation", "install", "uninstall"]
