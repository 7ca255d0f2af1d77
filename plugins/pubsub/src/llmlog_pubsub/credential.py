"""An access token of Google Cloud, refreshed when it is about to expire.

https://googleapis.dev/python/google-auth/latest/user-guide.html
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.auth import default
from google.auth.exceptions import GoogleAuthError
from google.oauth2.service_account import Credentials

from llmlog import Request

SCOPE = "https://www.googleapis.com/auth/pubsub"


@cache
def credentials(path: str | None) -> Any:
    """Return a service account's credentials, or those that Google's own libraries would find."""
    if path:
        return Credentials.from_service_account_file(path, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    return default(scopes=[SCOPE])[0]


def authorized(request: Request, path: str | None) -> Request:
    """Return the request with a token; without one where there is none to be had.

    Google answers such a request with 401, which keeps the events.
    """
    from google.auth.transport.requests import Request as Transport

    try:
        found = credentials(path)
        if not found.valid:
            found.refresh(Transport())
    except (GoogleAuthError, OSError, ValueError):  # ValueError: a file that is none
        return request
    return request.with_headers({"authorization": f"Bearer {found.token}"})
