"""Addresses of OTLP receivers."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

PATH = "/v1/traces"


def traces_url(base: str, path: str = PATH) -> str:
    """Return the address for traces below a base address.

    A base that has the whole path stays as it is, one that has its beginning gets the end.
    """
    parts = urlsplit(base)
    below = parts.path.rstrip("/")
    start = path.rpartition("/")[0]
    if not below.endswith(path):
        below += path.removeprefix(start) if start and below.endswith(start) else path
    return urlunsplit(parts._replace(path=below))
