"""Send the cost of LLM calls to Vantage, as a file of a custom provider.

https://docs.vantage.sh/connecting_custom_providers
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from urllib.parse import quote

from attrs import frozen

from llmlog import HTTPExporter, Limits, Payload, Request, Secret, env
from llmlog.layout import batch_id
from llmlog_vantage.row import COLUMNS, row

__all__ = ["Settings", "encode", "exporter", "row", "table"]


@frozen(kw_only=True)
class Settings:
    """One custom provider."""

    api_key: Secret = env("VANTAGE_API_KEY", help="with the right to write: vntg_tkn_...")
    integration: str = env(
        "VANTAGE_INTEGRATION_TOKEN", help="name of the custom provider: accss_crdntl_..."
    )
    url: str = env("VANTAGE_BASE_URL", default="https://api.vantage.sh", help="of the API")


def table(batch: Sequence[Payload]) -> bytes:
    """Return a batch as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(row, batch))
    return text.getvalue().encode()


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    """Make one file of a batch; named after its calls, it replaces itself when it comes again."""
    ids = batch_id(batch)
    day = row(batch[0])["ChargePeriodStart"][:10]
    disposition = f'form-data; name="csv"; filename="llmlog-{day}-{ids}.csv"'
    head = f"--{ids}\r\ncontent-disposition: {disposition}\r\ncontent-type: text/csv\r\n\r\n"
    content = head.encode() + table(batch) + f"\r\n--{ids}--\r\n".encode()
    path = f"v2/integrations/{quote(settings.integration, safe='')}/costs.csv"
    headers = {
        "authorization": f"Bearer {settings.api_key.reveal()}",
        "content-type": f"multipart/form-data; boundary={ids}",
    }
    return Request(f"{settings.url.rstrip('/')}/{path}", content, headers)


exporter = HTTPExporter(
    name="vantage",
    settings=Settings,
    encode=encode,
    limits=Limits(events=10_000, bytes=2_000_000, age_s=60.0, timeout_s=30.0, gzip=False),
)
