"""What a process has one of: a tally for all its Loggers, and the ports where it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from errno import EADDRINUSE
from multiprocessing import current_process
from typing import Any
from wsgiref.simple_server import WSGIServer

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from llmlog import PluginError
from llmlog_prometheus.settings import Settings
from llmlog_prometheus.tally import Tally, multi_process

_shared: dict[int | None, Shared] = {}


class Shared:
    """A process's tally, its servers, and how many Loggers use them."""

    def __init__(self, settings: Settings) -> None:
        self.tally = Tally(settings)
        self.servers: dict[tuple[str, int], WSGIServer] = {}
        self.users = 0

    def serve(self, host: str, port: int) -> None:
        """Open a port; in multi-process mode any one of the processes may have it."""
        if (host, port) in self.servers:
            return
        try:
            server, _ = prometheus_client.start_http_server(port, host, self.tally.registry)
        except OSError as problem:
            if problem.errno != EADDRINUSE or not multi_process():
                raise PluginError(
                    f"prometheus: cannot listen on {host}:{port}: {problem.strerror}; give each"
                    " process its own port, or all of them PROMETHEUS_MULTIPROC_DIR"
                ) from problem
        else:
            self.servers[host, port] = server

    def leave(self) -> None:
        """Close the ports when the last Logger leaves."""
        self.users -= 1
        if not self.users:
            _shared.pop(current_process().pid)
            for server in self.servers.values():
                server.shutdown()
                server.server_close()


def enter(settings: Settings) -> Shared:
    """Return what this process shares. The first Logger's labels and bounds count."""
    here = current_process().pid
    for pid in [pid for pid in _shared if pid != here]:
        for server in _shared.pop(pid).servers.values():
            server.server_close()  # a fork inherits its parent's sockets, but not the threads
    shared = _shared.get(here) or Shared(settings)
    if shared.tally.labels.names != settings.labels:
        names = ",".join(shared.tally.labels.names)
        raise PluginError(f"prometheus: another Logger of this process has the labels {names}")
    if settings.port is not None:
        shared.serve(settings.host, settings.port)
    shared.users += 1
    _shared[here] = shared
    return shared


class Scrape:
    """What this process has counted, or all processes: a collector for any registry."""

    def collect(self) -> Iterable[Metric]:
        """Return all metrics; none before a Logger has made the plugin active."""
        if multi_process():
            return MultiProcessCollector(None).collect()  # type: ignore[no-untyped-call,no-any-return]
        shared = _shared.get(current_process().pid)
        return shared.tally.registry.collect() if shared else ()


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Scrape())
    return registry


def make_asgi_app() -> Callable[..., Any]:
    """Return an ASGI app that shows the metrics at any path, in the format that is asked for."""
    return prometheus_client.make_asgi_app(_registry())


def make_wsgi_app() -> Callable[..., Any]:
    """Return a WSGI app that shows the metrics at any path, in the format that is asked for."""
    return prometheus_client.make_wsgi_app(_registry())
