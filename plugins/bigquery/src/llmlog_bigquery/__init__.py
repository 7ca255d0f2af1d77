"""Stream LLM calls into a BigQuery table, one row for each.

https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from llmlog import (
    Delivered,
    HTTPExporter,
    Limits,
    Outcome,
    Payload,
    Rejected,
    Reply,
    Request,
    Retryable,
    env,
)
from llmlog.google import authorized
from llmlog.message import JSON
from llmlog_bigquery.row import row
from llmlog_bigquery.table import COLUMNS, schema

__all__ = ["COLUMNS", "Settings", "encode", "exporter", "read_reply", "row", "schema", "sign"]

_SCOPE = "https://www.googleapis.com/auth/bigquery.insertdata"

_QUOTA = frozenset({"rateLimitExceeded", "quotaExceeded"})
_REJECTING = frozenset({"invalid", "invalidQuery", "required"})


@frozen(kw_only=True)
class Settings:
    """Which table, and as whom."""

    table: str = env("LLMLOG_BIGQUERY_TABLE", help="project.dataset.table")
    credentials_file: str | None = env(
        default=None, help="key of a service account, in place of Google's own search"
    )
    endpoint: str = env(
        "BIGQUERY_EMULATOR_HOST", default="https://bigquery.googleapis.com", help="of the API"
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a table that is not named in full."""
        if self.table.count(".") < 2:  # noqa: PLR2004
            message = f"table {self.table!r}: say project.dataset.table"
            raise ValueError(message)


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Insert a batch; rows that do not fit do not keep the others out."""
    project, dataset, table = settings.table.rsplit(".", 2)
    path = f"/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}/insertAll"
    rows = [{"insertId": payload.id, "json": row(payload)} for payload in batch]
    return Request.json(
        settings.endpoint.rstrip("/") + path, {"skipInvalidRows": True, "rows": rows}
    )


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add a token, unless the endpoint is an emulator."""
    del now_unix_s
    if settings.credentials_file is None and settings.endpoint.startswith("http://"):
        return request
    return authorized(request, settings.credentials_file, _SCOPE)


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Sequence[Outcome] | Retryable | None:
    """Read `insertErrors`, which a 200 hides; and quotas, which a 403 hides."""
    answer = reply.json()
    if not isinstance(answer, dict):
        return None
    if isinstance(error := answer.get("error"), dict):
        reasons = {each.get("reason") for each in _dicts(error.get("errors"))}
        return Retryable(f"HTTP {reply.status} {reply.excerpt}") if reasons & _QUOTA else None
    errors = {each.get("index", 0): _dicts(each.get("errors"))
              for each in _dicts(answer.get("insertErrors"))}  # fmt: skip
    if not errors:
        return None
    return [_outcome(errors[n]) if n in errors else Delivered() for n in range(len(batch))]


def _dicts(value: JSON) -> list[Mapping[str, JSON]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _outcome(errors: Sequence[Mapping[str, JSON]]) -> Outcome:
    reason = "; ".join(
        f"{each.get('reason')} {each.get('location', '')}: {each.get('message', '')}"
        for each in errors
    )
    invalid = any(each.get("reason") in _REJECTING for each in errors)
    return Rejected(reason) if invalid else Retryable(reason)


exporter = HTTPExporter(
    name="bigquery",
    settings=Settings,
    encode=encode,
    sign=sign,
    read_reply=read_reply,
    reads=frozenset({400, 403}),
    limits=Limits(events=500, bytes=9_500_000, age_s=1.0, timeout_s=60.0),
)
