"""Access tokens of Google Cloud, for plugins that sign with them; those declare `google-auth`.

https://googleapis.dev/python/google-auth/latest/user-guide.html
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llmlog.delivery.request import Request


@cache
def credentials(path: str | None, scope: str) -> Any:
    """Return a service account's credentials, or those that Google's own libraries would find."""
    from google.auth import default
    from google.oauth2.service_account import Credentials

    if path:
        return Credentials.from_service_account_file(path, scopes=[scope])  # type: ignore[no-untyped-call]
    return default(scopes=[scope])[0]


def authorized(request: Request, path: str | None, scope: str) -> Request:
    """Return the request with a token, refreshed when it is about to expire.

    What it raises when there is none to be had keeps the events, as whatever `sign` raises does.
    """
    from google.auth.transport.requests import Request as Transport

    found = credentials(path, scope)
    if not found.valid:
        found.refresh(Transport())
    return request.with_headers({"authorization": f"Bearer {found.token}"})
