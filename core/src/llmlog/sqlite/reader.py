"""Read calls back, as payloads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict

from llmlog.payload import Payload
from llmlog.schema import from_json
from llmlog.sqlite.row import text_of
from llmlog.sqlite.table import check

if TYPE_CHECKING:
    from typing_extensions import Unpack

_CONDITIONS: Final = {
    "kind": "kind = ?",
    "status": "status = ?",
    "provider": "provider_name = ?",
    "model": "? in (model, request_model)",
    "session": "session_id = ?",
    "user": "user_id = ?",
    "trace_id": "trace_id = ?",
    "tag": "exists (select 1 from json_each(tags) where value = ?)",
    "since": "started_at >= ?",
    "until": "started_at < ?",
}


class Where(TypedDict, total=False):
    """What the calls have in common. `since` is inclusive, `until` is not."""

    kind: str
    status: Literal["success", "failure", "aborted", "blocked"]
    provider: str
    model: str
    session: str
    user: str
    trace_id: str
    tag: str
    since: datetime
    until: datetime


def read(path: str | Path, *, limit: int | None = 100, **where: Unpack[Where]) -> list[Payload]:
    """Return the last `limit` calls that meet every condition, oldest first; None: all of them.

    The file is opened for reading alone, and may be written to meanwhile. Raises
    `FileNotFoundError` where there is none, `TypeError` for an unknown condition.
    """
    with closing(_open(Path(path))) as connection:
        check(connection)
        found = connection.execute(*_query(limit, where)).fetchall()
    return [from_json(text) for (text,) in reversed(found)]


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        message = f"{path}: there is no such file; it is made at the first call"
        raise FileNotFoundError(message)
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _query(limit: int | None, where: Where) -> tuple[str, list[Any]]:
    conditions = dict(_conditions(where))
    statement = (
        f"select payload from calls where {' and '.join(conditions) or 'true'}"  # noqa: S608
        " order by started_at desc, rowid desc limit ?"
    )
    return statement, [*conditions.values(), -1 if limit is None else limit]


def _conditions(where: Where) -> Iterator[tuple[str, Any]]:
    for name, value in where.items():
        if name not in _CONDITIONS:
            message = f"read() has no condition {name!r}; there are {', '.join(_CONDITIONS)}"
            raise TypeError(message)
        yield _CONDITIONS[name], text_of(value) if isinstance(value, datetime) else value
