"""Store LLM calls in ClickHouse over HTTP, one row for each.

https://clickhouse.com/docs/interfaces/http and
https://clickhouse.com/docs/guides/developer/deduplicating-inserts-on-retries
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import attrs
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
from llmlog.layout import batch_id
from llmlog_clickhouse.row import row
from llmlog_clickhouse.table import quoted, statements

__all__ = ["Settings", "encode", "exporter", "read_reply", "row", "statements"]

# Numbers of https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
_REFUSING = frozenset({8, 16, 47, 60, 81, 115, 164, 192, 193, 194, 195, 291, 497, 516})
_REJECTING = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469, 691})


@frozen(kw_only=True)
class Settings:
    """Which table of which server, and as whom."""

    url: str = env("LLMLOG_CLICKHOUSE_URL", help="such as https://host:8443")
    user: str = env("CLICKHOUSE_USER", default="default", help="the user")
    password: Secret | None = env("CLICKHOUSE_PASSWORD", default=None, help="of the user")
    database: str = env("CLICKHOUSE_DATABASE", default="default", help="database of the table")
    table: str = env(default="llmlog_calls", help="name of the table")
    deduplicate: bool = env(default=True, help="give each batch an insert_deduplication_token")
    options: Mapping[str, str] = env(
        default=attrs.Factory(dict), help="further settings of an insert, name=value with commas"
    )


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one INSERT of a batch; equal events have an equal token."""
    query = {
        "query": f"INSERT INTO {quoted(settings.table)} FORMAT JSONEachRow",
        "input_format_skip_unknown_fields": "0",
        "wait_end_of_query": "1",
        **({"insert_deduplication_token": batch_id(batch)} if settings.deduplicate else {}),
        **settings.options,
    }
    headers = {
        "x-clickhouse-user": settings.user,
        "x-clickhouse-key": settings.password.reveal() if settings.password else "",
        "x-clickhouse-database": settings.database,
    }
    url = f"{settings.url.rstrip('/')}/?{urlencode(query)}"
    return Request.ndjson(url, map(row, batch), {k: v for k, v in headers.items() if v})


def read_reply(reply: Reply, batch: Sequence[Payload]) -> Retryable | Refused | Rejected | None:
    """Read the number of ClickHouse's own error, which the status does not tell.

    A 200 can have one too, where the error came after the headers were sent.
    """
    del batch
    code = reply.headers.get("x-clickhouse-exception-code", "")
    if not code and reply.content.startswith(b"Code: "):
        code = reply.excerpt[len("Code: ") :].partition(".")[0]
    if not code.isdecimal():
        return None
    reason = f"{reply.status} {reply.excerpt}"
    if int(code) in _REFUSING:
        return Refused(f"{reason}; python -m llmlog_clickhouse prints the table that is needed")
    return Rejected(reason) if int(code) in _REJECTING else Retryable(reason)


exporter = HTTPExporter(
    name="clickhouse",
    settings=Settings,
    encode=encode,
    read_reply=read_reply,
    reads=frozenset({400, 401, 403, 404, 500}),
    limits=Limits(events=10_000, bytes=16_000_000, age_s=2.0, timeout_s=60.0),
)
