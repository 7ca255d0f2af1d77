"""What every plugin promises, and the replies that ClickHouse gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

from llmlog import Refused, Rejected, Reply, Retryable
from llmlog.delivery.outcome import Verdict
from llmlog.testing import Answer, ExporterContract, sample
from llmlog_clickhouse import exporter, read_reply, row, statements
from llmlog_clickhouse.table import COLUMNS


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}", "user": "llmlog", "password": "fake-password"}
    accepted = Answer(content=b"")


@pytest.mark.parametrize(
    ("status", "code", "text", "verdict"),
    [
        (404, "60", "Code: 60. DB::Exception: Table calls does not exist.", Refused),
        (401, "516", "Code: 516. DB::Exception: default: Authentication failed", Refused),
        (500, "16", "Code: 16. DB::Exception: No such column cost in table", Refused),
        (500, "497", "Code: 497. DB::Exception: Not enough privileges.", Refused),
        (400, "27", "Code: 27. DB::Exception: Cannot parse input", Rejected),
        (500, "469", "Code: 469. DB::Exception: Constraint is violated", Rejected),
        (500, "252", "Code: 252. DB::Exception: Too many parts", Retryable),
        (500, "241", "Code: 241. DB::Exception: Memory limit exceeded", Retryable),
        (200, "", "Code: 241. DB::Exception: Memory limit exceeded", Retryable),
        (200, "242", "Code: 242. DB::Exception: Table is in readonly mode", Retryable),
    ],
)  # fmt: skip
def test_the_number_of_an_error_says_what_becomes_of_a_batch(
    status: int, code: str, text: str, verdict: type[Verdict]
) -> None:
    headers = {"x-clickhouse-exception-code": code} if code else {}
    assert type(read_reply(Reply(status, headers, text.encode()), [sample()])) is verdict


def test_a_reply_without_a_number_speaks_by_its_status() -> None:
    assert read_reply(Reply(200), [sample()]) is None
    assert read_reply(Reply(500, {}, b"a proxy's own page"), [sample()]) is None


def test_a_row_has_no_column_that_the_table_lacks() -> None:
    assert set(row(sample())) <= set(COLUMNS)


def test_the_statements_are_printed() -> None:
    command = [sys.executable, "-m", "llmlog_clickhouse", "calls"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == "".join(f"{statement};\n" for statement in statements("calls"))
