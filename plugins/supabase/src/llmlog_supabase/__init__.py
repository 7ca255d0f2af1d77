"""Store LLM calls in Supabase through its REST API, one row for each.

https://supabase.com/docs/guides/api and https://docs.postgrest.org/en/stable/references/api/tables_views.html
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import (
    HTTPExporter,
    Limits,
    Payload,
    Refused,
    Rejected,
    Reply,
    Request,
    Retryable,
    Secret,
    env,
)
from llmlog_supabase.row import row
from llmlog_supabase.table import statements

__all__ = ["Settings", "encode", "exporter", "read_reply", "row", "statements"]

_LEGACY = "eyJ"  # how a key begins that is a JWT, and goes into Authorization as well
# The first letters of SQLSTATE and PostgREST codes, as their manuals group them.
_REFUSING = ("42", "3F", "28", "PGRST1", "PGRST2", "PGRST3")
_PASSING = ("08", "40", "53", "55", "57", "PGRST0")


@frozen(kw_only=True)
class Settings:
    """Which table of which project."""

    url: str = env("SUPABASE_URL", help="https://<project>.supabase.co")
    key: Secret = env(
        "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", help="a secret key of the project"
    )
    table: str = env(default="llmlog_calls", help="name of the table")
    schema: str = env(default="public", help="its schema, which the API must expose")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Upsert a batch in one transaction; of a call that is in it twice, the last counts."""
    url = f"{settings.url.rstrip('/')}/rest/v1/{settings.table}?on_conflict=id"
    key = settings.key.reveal()
    headers = {
        "apikey": key,
        "prefer": "resolution=merge-duplicates,return=minimal",
        "content-profile": settings.schema,
        **({"authorization": f"Bearer {key}"} if key.startswith(_LEGACY) else {}),
    }
    latest = {payload.id: row(payload) for payload in batch}
    return Request.json(url, list(latest.values()), headers)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Retryable | Refused | Rejected | None:
    """Read the code of an error, which says more than the status."""
    del batch
    answer = reply.json()
    code = str(answer.get("code") or "") if isinstance(answer, dict) else ""
    reason = f"HTTP {reply.status} {reply.excerpt}"
    if code.startswith(_PASSING):
        return Retryable(reason)
    if code.startswith(_REFUSING):
        return Refused(f"{reason}; python -m llmlog_supabase prints the table that is needed")
    return Rejected(reason) if code.startswith(("22", "23")) else None


exporter = HTTPExporter(
    name="supabase",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    reads=frozenset({400, 401, 403, 404, 406, 409, 500, 503}),
    limits=Limits(events=500, bytes=8_000_000, timeout_s=30.0, gzip=False),
)
