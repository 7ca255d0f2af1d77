"""Show LLM calls to Prometheus.

https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from llmlog import HookPlugin
from llmlog_prometheus.metrics import Metrics
from llmlog_prometheus.process import Scrape, make_asgi_app, make_wsgi_app
from llmlog_prometheus.settings import Settings

plugin = HookPlugin(name="prometheus", settings=Settings, make=Metrics)

__all__ = ["Scrape", "Settings", "make_asgi_app", "make_wsgi_app", "plugin"]
