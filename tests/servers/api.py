"""Ask a server's own API."""

from __future__ import annotations

from functools import cache
from ssl import SSLContext
from typing import Any

import httpx

from servers.process import Server
from servers.service import Service

TIMEOUT_SECONDS = 60


def ask(
    server: Server | Service, method: str, path: str, *, port: str = "http", **options: Any
) -> httpx.Response:
    """Send one request; raise httpx.HTTPStatusError unless the answer is 2xx."""
    url = server.endpoint(port) + path
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=_certificates()) as client:
        return client.request(method, url, **options).raise_for_status()


def get(server: Server | Service, path: str, *, port: str = "http", **params: str | int) -> Any:
    """Return the JSON at a path."""
    return ask(server, "GET", path, port=port, params=params).json()


def post(server: Server | Service, path: str, body: object = None, **headers: str) -> Any:
    """Post JSON and return the JSON of the answer, None when there is none."""
    answer = ask(server, "POST", path, json=body, headers=headers)
    return answer.json() if answer.content else None


@cache
def _certificates() -> SSLContext:
    """Return what a client would read anew each time, which takes longer than most requests."""
    return httpx.create_ssl_context()
