"""Keys and bytes: equal events make equal objects."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from attrs import evolve

from llmlog import Payload
from llmlog.errors import SettingsError
from llmlog.schema import from_json, json_schema
from llmlog.settings import Sources, load
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog_s3 import Settings, exporter

GOLDEN = Path(__file__).parent / "golden" / "objects.json"
HOUR_NS = 3_600_000_000_000


def later(payload: Payload, hours: int) -> Payload:
    """Return the payload, started some hours later."""
    timing = payload.timing
    start, end = (at + hours * HOUR_NS for at in (timing.start_unix_ns, timing.end_unix_ns))
    return evolve(payload, timing=evolve(timing, start_unix_ns=start, end_unix_ns=end))


def settings(**values: Any) -> Settings:
    """Return settings that need no environment."""
    return Settings(**{"bucket": "calls", **values})


class Bucket:
    """A client that keeps what it was given."""

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []

    def put_object(self, **arguments: Any) -> None:
        """Keep an object."""
        self.stored.append(arguments)


def objects(batch: list[Payload], **values: Any) -> list[dict[str, Any]]:
    """Return what is stored for a batch."""
    bucket = Bucket()
    exporter.send(bucket, settings(**values), batch)
    return bucket.stored


def readable(stored: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its lines in place of its bytes."""
    lines = gzip.decompress(stored["Body"]).decode().splitlines()
    return {**stored, "Body": [json.loads(line) for line in lines]}


def test_objects_are_the_golden_ones() -> None:
    """All samples, and one of the next day, are stored as agreed on. See the README to refresh."""
    batch = [sample(name) for name in SAMPLES]
    batch.append(later(evolve(sample("bare"), id="01a196fb-1600-7000-a000-00000000000b"), 13))
    made = [
        readable(stored) for stored in objects(batch, sse="AES256", storage_class="STANDARD_IA")
    ]
    check_golden(GOLDEN, made)


def test_a_line_is_the_payload_and_fits_its_schema() -> None:
    """Nothing is lost on the way, and the published schema describes each line."""
    batch = [sample(name) for name in SAMPLES]
    (stored,) = objects(batch)
    lines = gzip.decompress(stored["Body"]).splitlines()
    assert [from_json(line) for line in lines] == batch
    validator = jsonschema.Draft202012Validator(json_schema())
    for line in lines:
        validator.validate(json.loads(line))


def test_equal_events_make_equal_objects() -> None:
    """Key and bytes depend on the events alone, so that a retry overwrites itself."""
    (stored,) = objects([sample(), sample("bare")])
    assert [stored] == objects([sample(), sample("bare")])
    assert stored["Body"][4:8] == bytes(4), "gzip's own time"


def test_other_events_make_another_key() -> None:
    """Two batches of the same millisecond do not overwrite each other."""
    keys = {objects([sample(name)])[0]["Key"] for name in SAMPLES}
    assert len(keys) == len(SAMPLES)


def test_a_batch_is_parted_by_the_hour_of_its_calls() -> None:
    """Each event lies in the folder of its own hour, and in no other."""
    batch = [later(sample(name), hours=number % 3) for number, name in enumerate(SAMPLES)]
    made = objects(batch)
    assert [stored["Key"].rsplit("/", 1)[0] for stored in made] == [
        f"llmlog/dt=2026-11-01/hour={hour}" for hour in (12, 13, 14)
    ]
    ids = [line["id"] for stored in made for line in readable(stored)["Body"]]
    assert sorted(ids) == sorted(payload.id for payload in batch)


def test_a_key_starts_with_the_first_time() -> None:
    """Events that come out of order have the time of the earliest."""
    first, second = sample("chat"), later(sample("bare"), 0)
    first = evolve(first, timing=evolve(first.timing, start_unix_ns=1_793_534_400_750_000_000))
    (stored,) = objects([first, second])
    assert "/20261101T120000.000Z-" in stored["Key"]
    (stored,) = objects([first])
    assert "/20261101T120000.750Z-" in stored["Key"]


@pytest.mark.parametrize(
    ("values", "start", "end"),
    [
        ({}, "llmlog/dt=2026-11-01/hour=12/", ".jsonl.gz"),
        ({"partition": "day"}, "llmlog/dt=2026-11-01/2026", ".jsonl.gz"),
        ({"prefix": "/logs/llm/"}, "logs/llm/dt=2026-11-01/hour=12/", ".jsonl.gz"),
        ({"prefix": ""}, "dt=2026-11-01/hour=12/", ".jsonl.gz"),
        ({"gzip": False}, "llmlog/dt=2026-11-01/hour=12/", ".jsonl"),
    ],
)
def test_settings_shape_the_key(values: dict[str, Any], start: str, end: str) -> None:
    """Prefix, partition and compression show in the key."""
    (stored,) = objects([sample()], **values)
    assert stored["Key"].startswith(start)
    assert stored["Key"].endswith(end)


def test_what_is_not_compressed_says_so() -> None:
    """Content type and bytes agree with the ending."""
    (packed,), (plain,) = objects([sample()]), objects([sample()], gzip=False)
    assert (packed["ContentType"], plain["ContentType"]) == (
        "application/gzip", "application/x-ndjson",
    )  # fmt: skip
    assert gzip.decompress(packed["Body"]) == plain["Body"]


def test_a_query_engine_reads_folders_and_lines(tmp_path: Path) -> None:
    """DuckDB finds the partitions, and counts and adds up what was stored."""
    batch = [later(sample(name), hours=number % 2) for number, name in enumerate(SAMPLES)]
    for stored in objects(batch):
        path = tmp_path / stored["Key"]
        path.parent.mkdir(parents=True)
        path.write_bytes(stored["Body"])
    rows = (
        duckdb.connect()
        .execute(
            "select dt::varchar, hour::int, count(*), sum((cost->>'total')::double)"
            f" from read_json('{tmp_path}/**/*.jsonl.gz', hive_partitioning = true,"
            "  hive_types_autocast = false, columns = {id: 'varchar', cost: 'json'})"
            " group by all order by all"
        )
        .fetchall()
    )
    assert [row[:3] for row in rows] == [("2026-11-01", 12, 5), ("2026-11-01", 13, 5)]
    total = sum(payload.cost.total or 0 for payload in batch if payload.cost)
    assert sum(row[3] or 0 for row in rows) == pytest.approx(total)


def test_keys_that_are_given_do_not_mix_with_a_profile() -> None:
    """Credentials come whole from one source."""
    chosen = load(Settings, Sources(environ={}, code={"plugin": {"s3": {
        "bucket": "calls", "access_key_id": "AKIAFAKE", "secret_access_key": "fake",
        "profile": "other",
    }}}), "s3")[0]  # fmt: skip
    assert chosen.credentials == {
        "aws_access_key_id": "AKIAFAKE", "aws_secret_access_key": "fake",
        "profile_name": None, "region_name": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"access_key_id": "AKIAFAKE"}, "set both or neither"),
        ({"endpoint_url": "localhost:9000"}, "say http://"),
        ({"sse": "AES256", "kms_key_id": "alias/calls"}, "leave sse unset"),
        ({"sse": "rot13"}, "AES256"),
        ({"partition": "minute"}, "hour or day"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, str], remedy: str) -> None:
    """The error says what to do."""
    sources = Sources(environ={}, code={"plugin": {"s3": {"bucket": "calls", **values}}})
    with pytest.raises(SettingsError, match=remedy):
        load(Settings, sources, "s3")


def test_the_variables_of_aws_are_read() -> None:
    """The one for S3 alone wins, as it does in AWS's own tools."""
    environ = {
        "LLMLOG_S3_BUCKET": "calls", "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2",
    }  # fmt: skip
    made, _ = load(Settings, Sources(environ=environ), "s3")
    assert (made.region, made.endpoint_url) == ("eu-west-1", "http://127.0.0.1:2")


def test_a_kms_key_implies_its_encryption() -> None:
    """The key alone is enough."""
    (stored,) = objects([sample()], kms_key_id="alias/calls")
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == "alias/calls"
