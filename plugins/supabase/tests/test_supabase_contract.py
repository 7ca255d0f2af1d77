"""What every plugin promises, and the replies that PostgREST gives."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from llmlog import Refused, Rejected, Reply, Retryable
from llmlog.delivery.outcome import Verdict
from llmlog.encoding import loads
from llmlog.secret import Secret
from llmlog.testing import Answer, ExporterContract, sample
from llmlog_supabase import Settings, encode, exporter, read_reply, row, statements
from llmlog_supabase.table import COLUMNS


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}", "key": "sb_secret_fake"}
    accepted = Answer(status=201, content=b"")


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (404, "42P01", Refused),  # no such table
        (404, "PGRST205", Refused),  # no such table in the schema cache
        (400, "PGRST204", Refused),  # no such column
        (401, "PGRST301", Refused),  # a key that is none
        (403, "42501", Refused),  # row level security
        (400, "22P05", Rejected),
        (409, "23514", Rejected),
        (500, "40001", Retryable),
        (503, "PGRST000", Retryable),
        (503, "53300", Retryable),
        (503, "", None),
    ],
)
def test_the_code_of_an_error_says_what_becomes_of_a_batch(
    status: int, code: str, verdict: type[Verdict] | None
) -> None:
    body = json.dumps({"code": code or None, "message": "m", "details": None}).encode()
    found = read_reply(Reply(status, {}, body), [sample()])
    assert (None if found is None else type(found)) is verdict


def test_a_new_key_is_in_no_authorization_and_an_old_one_is() -> None:
    new = encode(Settings(url="https://a", key=Secret("sb_secret_fake")), [sample()])
    old = encode(Settings(url="https://a", key=Secret("eyJfake")), [sample()])
    assert (new.headers["apikey"], "authorization" in new.headers) == ("sb_secret_fake", False)
    assert old.headers["authorization"] == "Bearer eyJfake"


def test_a_call_that_is_in_a_batch_twice_is_one_row() -> None:
    made = encode(Settings(url="https://a", key=Secret("k")), [sample(), sample("bare"), sample()])
    assert len(loads(made.content)) == 2


def test_a_row_has_every_column_and_no_other() -> None:
    assert list(row(sample())) == list(COLUMNS)


def test_the_statements_are_printed() -> None:
    command = [sys.executable, "-m", "llmlog_supabase", "calls"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == "".join(f"{statement};\n" for statement in statements("calls"))
