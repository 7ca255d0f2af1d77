"""Over a real connection: signatures that another library verifies, and keys that receivers use."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from llmlog import Logger, Secret
from llmlog.testing import SAMPLES, Answer, Received, ScriptedEndpoint, sample
from llmlog_http import Settings, encode, sign

OLD = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2U="
NEW = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldw"


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Return an endpoint that takes everything."""
    with ScriptedEndpoint() as endpoint:
        yield endpoint


def logger(url: str, **options: Any) -> Logger:
    """Return a Logger with this plugin alone."""
    values = {"url": f"{url}/records", "batch_age_s": 0.05, **options}
    return Logger(plugins=["http"], environ={}, file=False, plugin={"http": values})


def deliver(made: Logger, *names: str) -> Any:
    """Log samples, wait for their delivery and return the account."""
    with made:
        for name in names:
            made.log(sample(name))
        assert made.flush(20).complete, made.stats()
        return made.stats()[-1]


def verify(secret: str, request: Received) -> Any:
    """Return the body, verified by the Standard Webhooks library; raise if it is not genuine."""
    return Webhook(secret).verify(request.content, dict(request.headers))


@pytest.mark.parametrize("name", ["json_array", "single"])
def test_a_signature_is_verified_by_another_library(endpoint: ScriptedEndpoint, name: str) -> None:
    """Each request is genuine for who has the secret, and for nobody else."""
    deliver(logger(endpoint.url, format=name, signing_secret=OLD), *SAMPLES)
    for request in endpoint.requests:
        assert verify(OLD, request)
        with pytest.raises(WebhookVerificationError):
            verify(NEW, request)
        with pytest.raises(WebhookVerificationError):
            verify(OLD, evolve(request, content=request.content + b" "))


def test_lines_are_signed_too(endpoint: ScriptedEndpoint) -> None:
    """The signature covers the body as it is, whatever its shape."""
    deliver(logger(endpoint.url, format="ndjson", signing_secret=OLD), "chat", "bare")
    (request,) = endpoint.requests
    Webhook(OLD).verify(request.content, dict(request.headers), json_parse=False)


def test_a_compressed_body_is_signed_before_compression(endpoint: ScriptedEndpoint) -> None:
    """What a receiver's framework unpacks is what the signature covers."""
    deliver(logger(endpoint.url, gzip=True, signing_secret=OLD), "chat")
    (request,) = endpoint.requests
    assert request.headers["content-encoding"] == "gzip"
    assert gzip.decompress(request.raw) == request.content
    assert verify(OLD, request)[0]["id"] == sample().id


def test_nothing_is_compressed_unasked(endpoint: ScriptedEndpoint) -> None:
    """Not every endpoint unpacks."""
    deliver(logger(endpoint.url), *SAMPLES)
    (request,) = endpoint.requests
    assert "content-encoding" not in request.headers
    assert request.raw == request.content


def test_secrets_can_be_changed_without_a_gap(endpoint: ScriptedEndpoint) -> None:
    """With two secrets a receiver may know either."""
    deliver(logger(endpoint.url, signing_secret=f"{NEW} {OLD}"), "chat")
    (request,) = endpoint.requests
    assert verify(OLD, request) == verify(NEW, request)


def test_without_a_secret_nothing_is_signed(endpoint: ScriptedEndpoint) -> None:
    """No header pretends to be a signature."""
    deliver(logger(endpoint.url), "chat")
    (request,) = endpoint.requests
    assert not [name for name in request.headers if name.startswith("webhook-")]


def test_each_attempt_is_signed_for_its_own_time() -> None:
    """A retry after an hour is not too old; id, key and body stay."""
    settings = Settings(url="http://127.0.0.1:1", signing_secret=Secret(OLD))
    request = encode(settings, [sample()])
    first, later = (sign(settings, request, now_unix_s) for now_unix_s in (1000.9, 4600.0))
    assert (first.headers["webhook-timestamp"], later.headers["webhook-timestamp"]) == (
        "1000", "4600",
    )  # fmt: skip
    assert first.headers["webhook-signature"] != later.headers["webhook-signature"]
    assert first.headers["webhook-id"] == later.headers["webhook-id"]
    assert first.content == later.content == request.content


def test_a_receiver_can_tell_a_record_sent_twice(endpoint: ScriptedEndpoint) -> None:
    """An answer that got lost makes a second request with the key and the id of the first."""
    endpoint.script(Answer(cut=True))
    stats = deliver(logger(endpoint.url, signing_secret=OLD), "chat")
    first, second = endpoint.requests
    for name in ("idempotency-key", "webhook-id"):
        assert first.headers[name] == second.headers[name]
    assert first.content == second.content
    assert verify(OLD, first) == verify(OLD, second)
    assert (stats.delivered, stats.retried) == (1, 1)


def test_a_wait_that_is_asked_for_loses_nothing(endpoint: ScriptedEndpoint) -> None:
    """After a 429 the records come again."""
    endpoint.script(Answer(status=429, headers={"retry-after": "0"}))
    stats = deliver(logger(endpoint.url, format="single"), "chat", "bare")
    assert (stats.delivered, stats.lost, stats.balanced) == (2, 0, True)


@pytest.mark.parametrize("status", [400, 422])
def test_one_bad_record_does_not_spoil_its_batch(endpoint: ScriptedEndpoint, status: int) -> None:
    """An endpoint that hates one record gets all the others."""
    hated = sample("tools").id
    taken: list[str] = []

    def judge(request: Received) -> Answer:
        ids = [record["id"] for record in json.loads(request.content)]
        if hated in ids:
            return Answer(status=status, content=b"bad record")
        taken.extend(ids)
        return Answer()

    endpoint.default = judge
    stats = deliver(logger(endpoint.url, batch_age_s=5.0), *SAMPLES)
    assert sorted(taken) == sorted(sample(name).id for name in SAMPLES if sample(name).id != hated)
    assert (stats.delivered, stats.lost) == (len(SAMPLES) - 1, 1)


def test_a_record_that_is_too_large_goes_no_further(endpoint: ScriptedEndpoint) -> None:
    """The limit in bytes holds before anything is sent; smaller records arrive."""
    stats = deliver(logger(endpoint.url, max_bytes=1_000, batch_age_s=5.0), "chat", "bare")
    assert all(len(request.content) <= 1_000 for request in endpoint.requests)
    assert (stats.delivered, stats.lost) == (1, 1)


def test_the_address_alone_activates_it(endpoint: ScriptedEndpoint) -> None:
    """With `LLMLOG_HTTP_URL` in the environment, installing is enough."""
    made = Logger(environ={"LLMLOG_HTTP_URL": f"{endpoint.url}/records"}, file=False)
    deliver(made, "chat")
    (request,) = endpoint.requests
    assert (request.method, request.path) == ("POST", "/records")
