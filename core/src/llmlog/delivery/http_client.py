"""The HTTP client of a lane: no redirects, no proxy behind a gate, certificates read once."""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from llmlog.delivery.gate import Gate, gated
from llmlog.encoding import dumps
from llmlog.fork import IMPORTING

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx


def warm_up() -> None:
    """Import what sending needs and read the trusted certificates, where the Logger is made.

    Connecting looks up a codec, which is one more import. On a lane's thread all this would take
    time from the exit of a short program, and a fork in the middle of it would leave the child
    with half a module, or with a lock that nobody holds.
    """
    for name in ("httpx", "httpcore", "encodings.idna"):
        import_module(name)
    dumps(None)
    _default_tls()


def opened(timeout_s: float, tls: SSLContext | None, gate: Gate | None) -> httpx.Client:
    """Return a client; one with a gate trusts the usual certificates and knows no proxy."""
    if gate is not None:
        return _client(timeout_s, None, gated(gate, _default_tls()))
    with IMPORTING:
        return _client(timeout_s, tls)


@cache
def _default_tls() -> SSLContext:
    """Return the certificates of the system or of `SSL_CERT_FILE`, read once for all lanes."""
    import httpx

    return httpx.create_ssl_context()


def _from_elsewhere(record: logging.LogRecord) -> bool:
    return not (record.threadName or "").startswith("llmlog")


def _client(timeout_s: float, tls: SSLContext | None, transport: Any = None) -> httpx.Client:
    """Return a client that follows no redirects and keeps our addresses out of httpx's log."""
    import httpx

    from llmlog import __version__

    logging.getLogger("httpx").addFilter(_from_elsewhere)
    return httpx.Client(
        timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
        headers={"user-agent": f"llmlog/{__version__}", "accept-encoding": "gzip, deflate"},
        follow_redirects=False,
        verify=tls or _default_tls(),
        transport=transport,
        trust_env=transport is None,
    )
