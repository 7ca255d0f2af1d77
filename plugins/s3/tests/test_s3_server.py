"""Against a server that stores objects, checks signatures and applies IAM policies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from servers.aws import REGION, Cloud

from llmlog import Logger, Payload
from llmlog.delivery.stats import LaneStats
from llmlog.schema import from_json
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server
ALLOWED = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::calls/*"}
WRITE = json.dumps({"Version": "2012-10-17", "Statement": [ALLOWED]})


def make_bucket(cloud: Cloud, name: str = "calls") -> None:
    """Make an empty bucket."""
    place = {"LocationConstraint": REGION}
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)


def objects(cloud: Cloud, name: str = "calls") -> dict[str, bytes]:
    """Return what lies in a bucket, by key."""
    client = cloud.client("s3")
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=name).get("Contents", [])]
    return {key: client.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}


def logger(url: str, **options: Any) -> Logger:
    """Return a Logger with this plugin alone."""
    values = {
        "bucket": "calls",
        "endpoint_url": url,
        "region": REGION,
        "batch_age_s": 0.05,
        **options,
    }
    return Logger(plugins=["s3"], environ={}, file=False, plugin={"s3": values})


def keys(pair: tuple[str, str]) -> dict[str, str]:
    """Return a key pair as settings."""
    return {"access_key_id": pair[0], "secret_access_key": pair[1]}


def log(made: Logger, payloads: list[Payload]) -> LaneStats:
    """Log payloads, wait for their delivery and return the account."""
    with made:
        for payload in payloads:
            made.log(payload)
        assert made.flush(20).complete, made.stats()
        return made.stats()[-1]


def complaint(made: Logger) -> LaneStats:
    """Wait for the first complaint and return the account."""
    for _ in range(100):
        made.flush(0.1)
        stats = made.stats()[-1]
        if stats.last_error:
            return stats
    message = "no complaint in 10 s"
    raise TimeoutError(message)


def stored(cloud: Cloud) -> list[Payload]:
    """Return all payloads in the bucket."""
    bodies = objects(cloud).values()
    return [from_json(line) for body in bodies for line in gzip.decompress(body).splitlines()]


def test_every_sample_is_in_the_bucket(cloud: Cloud) -> None:
    """Many events lie in one object, and come back as they were."""
    make_bucket(cloud)
    payloads = [sample(name) for name in SAMPLES]
    pair = cloud.user("writer", None)
    stats = log(logger(cloud.url, **keys(pair), batch_age_s=5.0), payloads)
    assert (stats.delivered, stats.lost, stats.balanced) == (len(SAMPLES), 0, True)
    assert len(objects(cloud)) == 1
    assert [payload.id for payload in stored(cloud)] == [payload.id for payload in payloads]


def test_what_is_sent_again_overwrites_itself(cloud: Cloud) -> None:
    """The same batch from another process does not double an object."""
    make_bucket(cloud)
    pair = cloud.user("writer", None)
    for _ in range(2):
        log(logger(cloud.url, **keys(pair)), [sample()])
    assert [payload.id for payload in stored(cloud)] == [sample().id]


def test_an_object_is_stored_as_asked(cloud: Cloud) -> None:
    """Encryption, class and type are those of the settings."""
    make_bucket(cloud)
    pair = cloud.user("writer", None)
    log(logger(cloud.url, **keys(pair), sse="AES256", storage_class="STANDARD_IA"), [sample()])
    (key,) = objects(cloud)
    head = cloud.client("s3").head_object(Bucket="calls", Key=key)
    assert (head["ServerSideEncryption"], head["StorageClass"], head["ContentType"]) == (
        "AES256", "STANDARD_IA", "application/gzip",
    )  # fmt: skip


def test_permission_to_write_is_enough(cloud: Cloud) -> None:
    """With `s3:PutObject` alone, and a signature that the server checks, events arrive."""
    make_bucket(cloud)
    pair = cloud.user("writer", WRITE)
    cloud.authorize(strictly=True)
    log(logger(cloud.url, **keys(pair)), [sample()])
    cloud.authorize(strictly=False)
    assert [payload.id for payload in stored(cloud)] == [sample().id]


@pytest.mark.parametrize("source", ["environment", "profile"])
def test_credentials_come_from_the_places_of_boto3(
    cloud: Cloud, source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Variables and profiles work without a setting for the keys."""
    make_bucket(cloud)
    key_id, secret = cloud.user("writer", WRITE)
    options: dict[str, str] = {}
    if source == "environment":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    else:
        (tmp_path / "credentials").write_text(
            f"[logs]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        )
        options = {"profile": "logs"}
    cloud.authorize(strictly=True)
    assert log(logger(cloud.url, **options), [sample()]).delivered == 1


def unknown_key(_: Cloud) -> tuple[str, str]:
    """Return a key pair that nobody gave out."""
    return "AKIAUNKNOWNUNKNOWN00", "fake-secret"


def wrong_secret(cloud: Cloud) -> tuple[str, str]:
    """Return a user's key with another secret."""
    return cloud.user("forger", WRITE)[0], "fake-secret"


def no_permission(cloud: Cloud) -> tuple[str, str]:
    """Return the keys of a user who may do nothing."""
    return cloud.user("reader", None)


@pytest.mark.parametrize(
    ("pair_of", "code"),
    [
        (unknown_key, "InvalidAccessKeyId"),
        (wrong_secret, "SignatureDoesNotMatch"),
        (no_permission, "AccessDenied"),
    ],
)
def test_a_refused_credential_keeps_the_events(
    cloud: Cloud, pair_of: Callable[[Cloud], tuple[str, str]], code: str
) -> None:
    """Events wait for the right to write; the reason names it, and no secret."""
    make_bucket(cloud)
    key_id, secret = pair_of(cloud)
    cloud.authorize(strictly=True)
    made = logger(cloud.url, access_key_id=key_id, secret_access_key=secret)
    try:
        made.log(sample())
        stats = complaint(made)
        assert (stats.pending, stats.lost) == (1, 0)
        assert code in (stats.last_error or "")
        assert secret not in (stats.last_error or "")
    finally:
        made.close(0)


def test_a_bucket_that_comes_later_gets_the_events(cloud: Cloud) -> None:
    """Without the bucket the event waits; closing tries once more, and there it is."""
    pair = cloud.user("writer", None)
    made = logger(cloud.url, **keys(pair))
    made.log(sample())
    assert "NoSuchBucket" in (complaint(made).last_error or "")
    make_bucket(cloud)
    made.close(5.0)
    assert [payload.id for payload in stored(cloud)] == [sample().id]
