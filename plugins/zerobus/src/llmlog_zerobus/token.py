"""Access tokens that may write into one table, kept until shortly before they expire.

https://docs.databricks.com/aws/en/ingestion/zerobus-ingest#authentication
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from attrs import frozen

from llmlog.encoding import dumps_text
from llmlog.message import JSON

_MARGIN_S = 300.0
_TIMEOUT_S = 10.0


@frozen
class _Token:
    text: str
    until_unix_s: float


_KEPT: dict[tuple[str, ...], _Token] = {}


def access_token(  # noqa: PLR0913, PLR0917
    workspace_url: str, client_id: str, secret: str, endpoint: str, table: str, now_unix_s: float
) -> str | None:
    """Return a token, a kept one where it still holds; None where the workspace gives none."""
    key = (workspace_url, client_id, secret, endpoint, table)
    found = _KEPT.get(key)
    if found is None or found.until_unix_s < now_unix_s:
        found = _new(workspace_url, (client_id, secret), form(endpoint, table), now_unix_s)
        if found is None:
            return None
        _KEPT[key] = found
    return found.text


def _new(
    workspace_url: str, pair: tuple[str, str], asked: dict[str, str], now_unix_s: float
) -> _Token | None:
    try:
        answer = httpx.post(
            f"{workspace_url}/oidc/v1/token", auth=pair, data=asked, timeout=_TIMEOUT_S
        ).raise_for_status()
        made = answer.json()
        return _Token(made["access_token"], now_unix_s + float(made["expires_in"]) - _MARGIN_S)
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return None


def form(endpoint: str, table: str) -> dict[str, str]:
    """Return what is asked of the workspace: the right to write into one table."""
    catalog, schema, _ = table.split(".")
    workspace = (urlsplit(endpoint).hostname or "").partition(".")[0]
    return {
        "grant_type": "client_credentials",
        "scope": "all-apis",
        "resource": f"api://databricks/workspaces/{workspace}/zerobusDirectWriteApi",
        "authorization_details": dumps_text([
            _privileges("CATALOG", catalog, "USE CATALOG"),
            _privileges("SCHEMA", f"{catalog}.{schema}", "USE SCHEMA"),
            _privileges("TABLE", table, "SELECT", "MODIFY"),
        ]),
    }  # fmt: skip


def _privileges(kind: str, path: str, *names: str) -> JSON:
    return {
        "type": "unity_catalog_privileges",
        "privileges": list(names),
        "object_type": kind,
        "object_full_path": path,
    }
