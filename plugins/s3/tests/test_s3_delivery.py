"""What each answer of an endpoint means for the events."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from llmlog import Delivered, Logger, Payload, Refused, Retryable, Secret
from llmlog.delivery.outcome import TooLarge
from llmlog.delivery.stats import LaneStats
from llmlog.testing import Answer, ScriptedEndpoint, sample
from llmlog_s3 import Settings, exporter

FAKE = {"access_key_id": "AKIAFAKE", "secret_access_key": "fake-secret-key"}


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Return an endpoint that takes everything."""
    with ScriptedEndpoint(default=Answer(content=b"")) as endpoint:
        yield endpoint


def error(status: int, code: str, **headers: str) -> Answer:
    """Return an error in the words of S3."""
    xml = f"<Error><Code>{code}</Code><Message>because</Message></Error>"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, content=xml.encode(), headers={
        "content-type": "application/xml", **named,
    })  # fmt: skip


def hours() -> list[Payload]:
    """Return three events of three hours."""
    made = []
    for number, name in enumerate(("chat", "failure", "bare")):
        payload = sample(name)
        start = payload.timing.start_unix_ns + number * 3_600_000_000_000
        timing = evolve(payload.timing, start_unix_ns=start, end_unix_ns=start + 1)
        made.append(evolve(payload, timing=timing))
    return made


def sent(url: str, batch: list[Payload]) -> Any:
    """Send a batch once and return what the exporter says."""
    settings = Settings(
        bucket="calls", endpoint_url=url, access_key_id=FAKE["access_key_id"],
        secret_access_key=Secret(FAKE["secret_access_key"]),
    )  # fmt: skip
    client = exporter.connect(settings)
    try:
        return exporter.send(client, settings, batch)
    finally:
        client.close()


def logger(url: str, **options: Any) -> Logger:
    """Return a Logger with this plugin alone."""
    values = {"bucket": "calls", "endpoint_url": url, **FAKE, "batch_age_s": 0.05, **options}
    return Logger(plugins=["s3"], environ={}, file=False, plugin={"s3": values})


def stats_of(made: Logger) -> LaneStats:
    """Return the account of the only lane."""
    return made.stats()[-1]


def complaint(made: Logger) -> LaneStats:
    """Wait for the first complaint and return the account."""
    for _ in range(100):
        made.flush(0.1)
        stats = stats_of(made)
        if stats.last_error:
            return stats
    message = "no complaint in 10 s"
    raise TimeoutError(message)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(503, "SlowDown"), Retryable),
        (error(500, "InternalError"), Retryable),
        (error(429, "TooManyRequests"), Retryable),
        (Answer(status=502, content=b"<html>bad gateway"), Retryable),
        (error(400, "RequestTimeout"), Retryable),
        (error(400, "BadDigest"), Retryable),
        (error(409, "OperationAborted"), Retryable),
        (Answer(cut=True), Retryable),
        (error(404, "NoSuchBucket"), Refused),
        (error(403, "AccessDenied"), Refused),
        (error(403, "InvalidAccessKeyId"), Refused),
        (error(403, "SignatureDoesNotMatch"), Refused),
        (error(403, "RequestTimeTooSkewed"), Refused),
        (error(400, "ExpiredToken"), Refused),
        (error(400, "AuthorizationHeaderMalformed"), Refused),
        (error(400, "KMS.NotFoundException"), Refused),
        (error(400, "InvalidStorageClass"), Refused),
        (error(400, "KeyTooLongError"), Refused),
        (error(400, "EntityTooLarge"), TooLarge),
        (Answer(status=413, content=b""), TooLarge),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value.status}",
)
def test_each_error_has_its_verdict(endpoint: ScriptedEndpoint, answer: Answer, kind: Any) -> None:
    """One request is made, and the lane decides on the next."""
    endpoint.default = answer
    verdict = sent(endpoint.url, [sample()])
    assert type(verdict) is kind, verdict
    assert FAKE["secret_access_key"] not in verdict.reason
    assert len(endpoint.requests) == 1


def test_an_error_is_told_in_the_words_of_s3(endpoint: ScriptedEndpoint) -> None:
    """Code and message are in the reason."""
    endpoint.default = error(404, "NoSuchBucket")
    reason = sent(endpoint.url, [sample()]).reason
    assert "NoSuchBucket" in reason
    assert "because" in reason


def test_the_wait_that_is_asked_for_is_known(endpoint: ScriptedEndpoint) -> None:
    """A `Retry-After` in seconds reaches the lane."""
    endpoint.default = error(503, "SlowDown", retry_after="7")
    assert sent(endpoint.url, [sample()]).after_s == 7.0


def test_missing_credentials_keep_the_events() -> None:
    """Nothing is sent unsigned, and nothing is lost."""
    settings = Settings(bucket="calls", endpoint_url="http://127.0.0.1:1")
    verdict = exporter.send(exporter.connect(settings), settings, [sample()])
    assert isinstance(verdict, Refused)
    assert "NoCredentials" in verdict.reason


def test_a_bucket_that_cannot_be_keeps_the_events() -> None:
    """What boto3 itself refuses to send is a matter of the settings."""
    settings = Settings(bucket="not/a bucket", endpoint_url="http://127.0.0.1:1")
    assert isinstance(exporter.send(exporter.connect(settings), settings, [sample()]), Refused)


def test_a_profile_that_is_missing_keeps_the_events() -> None:
    """A client that cannot be made is tried again, and nothing is lost."""
    values = {"bucket": "calls", "profile": "nobody", "batch_age_s": 0.05}
    made = Logger(plugins=["s3"], environ={}, file=False, plugin={"s3": values})
    try:
        made.log(sample())
        stats = complaint(made)
        assert (stats.pending, stats.lost) == (1, 0)
        assert "nobody" in (stats.last_error or "")
    finally:
        made.close(0)


def test_a_closed_port_is_tried_again() -> None:
    """An endpoint that is down is no reason to lose anything."""
    assert isinstance(sent("http://127.0.0.1:1", [sample()]), Retryable)


def test_a_retry_has_an_equal_key_and_equal_bytes(endpoint: ScriptedEndpoint) -> None:
    """After a 503 the same object is stored once more."""
    endpoint.script(error(503, "SlowDown"))
    with logger(endpoint.url) as made:
        made.log(sample())
        assert made.flush(20).complete
        stats = stats_of(made)
    first, second = endpoint.requests
    assert (first.method, first.path, first.raw) == (second.method, second.path, second.raw)
    assert (stats.delivered, stats.retried, stats.balanced) == (1, 1, True)


def test_a_part_that_failed_comes_alone(endpoint: ScriptedEndpoint) -> None:
    """Of three hours the second fails: the first is delivered, the others come again."""
    endpoint.script(Answer(content=b""), error(503, "SlowDown"))
    answer = sent(endpoint.url, hours())
    assert [type(outcome) for outcome in answer] == [Delivered, Retryable, Retryable]


def test_no_event_gets_into_two_objects(endpoint: ScriptedEndpoint) -> None:
    """Whatever fails between the hours, each event is in one object at the end."""
    endpoint.script(
        Answer(content=b""), error(400, "EntityTooLarge"),  # hour 12 is stored, 13 is too large
        error(400, "EntityTooLarge"),  # so are 13 and 14 together: each comes alone
    )  # fmt: skip
    with logger(endpoint.url, batch_age_s=5.0) as made:
        for payload in hours():
            made.log(payload)
        assert made.flush(20).complete
        stats = stats_of(made)
    stored = [endpoint.requests[0], *endpoint.requests[3:]]
    ids = [json.loads(line)["id"]
           for request in stored for line in gzip.decompress(request.raw).splitlines()]  # fmt: skip
    assert ids == [payload.id for payload in hours()]
    assert (stats.delivered, stats.lost, stats.balanced) == (3, 0, True)


def test_a_refusal_keeps_the_events(endpoint: ScriptedEndpoint) -> None:
    """Without permission the events wait, and the reason is known."""
    endpoint.default = error(403, "AccessDenied")
    made = logger(endpoint.url)
    try:
        made.log(sample())
        stats = complaint(made)
        assert (stats.pending, stats.lost) == (1, 0)
        assert "AccessDenied" in (stats.last_error or "")
    finally:
        made.close(0)


def test_an_object_has_the_headers_of_its_settings(endpoint: ScriptedEndpoint) -> None:
    """Type, encryption and class are what was asked for; the ending alone says gzip."""
    with logger(endpoint.url, kms_key_id="alias/calls", storage_class="GLACIER_IR") as made:
        made.log(sample())
        assert made.flush(20).complete
    (request,) = endpoint.requests
    assert request.method == "PUT"
    assert request.path.startswith("/calls/llmlog/dt%3D2026-11-01/hour%3D12/")
    assert "content-encoding" not in request.headers
    assert request.headers["content-type"] == "application/gzip"
    amazon = {name[6:]: value for name, value in request.headers.items() if name[:6] == "x-amz-"}
    assert amazon["server-side-encryption"] == "aws:kms"
    assert amazon["server-side-encryption-aws-kms-key-id"] == "alias/calls"
    assert amazon["storage-class"] == "GLACIER_IR"


@pytest.mark.parametrize(
    ("addressing", "address"),
    [
        ("path", "http://store.example/calls/a.jsonl"),
        ("virtual", "http://calls.store.example/a.jsonl"),
        ("auto", "http://store.example/calls/a.jsonl"),
    ],
)
def test_the_bucket_is_in_the_path_or_in_the_host(addressing: Any, address: str) -> None:
    """Both styles of address can be had; boto3 signs for the one that was asked for."""
    settings = Settings(
        bucket="calls", endpoint_url="http://store.example", addressing=addressing,
        access_key_id="AKIAFAKE", secret_access_key=Secret("fake-secret-key"),
    )  # fmt: skip
    client: Any = exporter.connect(settings)
    wanted = {"Bucket": settings.bucket, "Key": "a.jsonl"}
    assert client.generate_presigned_url("put_object", wanted).split("?")[0] == address
