"""Ingest LLM calls into a Databricks table with Zerobus, one row for each.

https://docs.databricks.com/aws/en/ingestion/zerobus-ingest and
https://docs.databricks.com/aws/en/ingestion/zerobus-errors
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog_zerobus.row import row
from llmlog_zerobus.table import statement
from llmlog_zerobus.token import access_token

__all__ = ["Settings", "encode", "exporter", "row", "sign", "statement"]


@frozen(kw_only=True)
class Settings:
    """Which table of which workspace, and as whom."""

    endpoint: str = env(
        "ZEROBUS_SERVER_ENDPOINT",
        help="https://<workspace id>.zerobus.<region>.cloud.databricks.com",
    )
    table: str = env("ZEROBUS_TABLE_NAME", help="catalog.schema.table, which must exist")
    workspace_url: str | None = env(
        "ZEROBUS_WORKSPACE_URL", "DATABRICKS_HOST", default=None, help="gives the access token"
    )
    client_id: str | None = env(
        "ZEROBUS_CLIENT_ID", "DATABRICKS_CLIENT_ID", default=None, help="of a service principal"
    )
    client_secret: Secret | None = env(
        "ZEROBUS_CLIENT_SECRET", "DATABRICKS_CLIENT_SECRET", default=None, help="of client_id"
    )
    token: Secret | None = env(default=None, help="an access token, in place of those three")

    def __attrs_post_init__(self) -> None:
        """Refuse what names no table in full, or nobody to write as."""
        if self.table.count(".") != 2:  # noqa: PLR2004
            message = f"table {self.table!r}: say catalog.schema.table"
            raise ValueError(message)
        if not self.token and not (self.workspace_url and self.client_id and self.client_secret):
            message = "set workspace_url, client_id and client_secret, or token"
            raise ValueError(message)

    @property
    def base(self) -> str:
        """Return the endpoint with its scheme, which Databricks leaves out."""
        found = self.endpoint if "://" in self.endpoint else f"https://{self.endpoint}"
        return found.rstrip("/")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one array of rows of a batch."""
    url = f"{settings.base}/zerobus/v1/tables/{settings.table}/insert"
    return Request.json(url, [row(payload) for payload in batch])


def sign(settings: Settings, request: Request, now_unix_s: float) -> Request:
    """Add an access token; without one Databricks answers 401, which keeps the events."""
    if settings.token:
        token: str | None = settings.token.reveal()
    else:
        token = access_token(
            (settings.workspace_url or "").rstrip("/"),
            settings.client_id or "",
            settings.client_secret.reveal() if settings.client_secret else "",
            settings.base,
            settings.table,
            now_unix_s,
        )
    return request.with_headers({"authorization": f"Bearer {token}"}) if token else request


exporter = HTTPExporter(
    name="zerobus",
    settings=Settings,
    encode=encode,
    sign=sign,
    limits=Limits(events=500, bytes=4_000_000, timeout_s=30.0, gzip=False),
)
