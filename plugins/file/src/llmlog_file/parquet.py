"""One Parquet file for each batch and folder: what one asks for in columns, the whole as JSON.

The name is made of the calls, so that a batch that comes again replaces its own file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped,import-not-found,unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-untyped,import-not-found,unused-ignore]

from llmlog import Payload, Usage
from llmlog.encoding import dumps_text
from llmlog.layout import batch_id
from llmlog.schema import to_json
from llmlog_file.settings import Settings

_TIME, _TEXT, _COUNT, _NUMBER = pa.timestamp("us", tz="UTC"), pa.string(), pa.int64(), pa.float64()
COLUMNS: Mapping[str, Any] = {
    "id": _TEXT, "trace_id": _TEXT, "span_id": _TEXT, "parent_span_id": _TEXT,
    "started_at": _TIME, "ended_at": _TIME, "kind": _TEXT, "status": _TEXT, "name": _TEXT,
    "provider_name": _TEXT, "request_model": _TEXT, "response_model": _TEXT,
    "input_tokens": _COUNT, "cache_read_tokens": _COUNT, "cache_write_tokens": _COUNT,
    "output_tokens": _COUNT, "reasoning_tokens": _COUNT, "total_input_tokens": _COUNT,
    "total_output_tokens": _COUNT, "total_tokens": _COUNT, "cost": _NUMBER, "currency": _TEXT,
    "time_to_first_token_ms": _NUMBER, "duration_ms": _NUMBER, "stream": pa.bool_(),
    "cache_hit": pa.bool_(), "error_type": _TEXT, "error_message": _TEXT, "session_id": _TEXT,
    "user_id": _TEXT, "team_id": _TEXT, "tags": pa.list_(_TEXT), "metadata": _TEXT,
    "service_name": _TEXT, "environment": _TEXT, "release": _TEXT, "payload": _TEXT,
}  # fmt: skip
SCHEMA = pa.schema(list(COLUMNS.items()))


def write(settings: Settings, batch: Sequence[Payload]) -> None:
    """Write a file for each folder; it has its name when it is whole."""
    found: dict[Path, list[Payload]] = {}
    for payload in batch:
        found.setdefault(settings.path_of(payload), []).append(payload)
    for folder, payloads in found.items():
        folder.mkdir(parents=True, exist_ok=True)
        ids = batch_id(payloads)
        part = folder / f".{ids}.part"
        table = pa.Table.from_pylist([row(payload) for payload in payloads], schema=SCHEMA)
        pq.write_table(table, part, compression="zstd")
        part.replace(folder / f"{ids}.parquet")


def row(payload: Payload) -> dict[str, Any]:
    """Return the columns of a call; what is not known is None."""
    usage, timing, cost, error = (
        payload.usage or Usage(),
        payload.timing,
        payload.cost,
        payload.error,
    )
    sources = (payload, usage)
    made: dict[str, Any] = {
        name: next((getattr(each, name) for each in sources if hasattr(each, name)), None)
        for name in COLUMNS
    }
    return made | {
        "started_at": timing.start_unix_ns // 1000, "ended_at": timing.end_unix_ns // 1000,
        "duration_ms": timing.duration_ms,
        "time_to_first_token_ms": timing.first_token_ms,
        "cost": cost and cost.total, "currency": cost and cost.currency,
        "error_type": error and error.type, "error_message": error and error.message,
        "tags": list(payload.tags), "metadata": dumps_text(dict(payload.metadata)),
        "payload": to_json(payload).decode(),
    }  # fmt: skip
