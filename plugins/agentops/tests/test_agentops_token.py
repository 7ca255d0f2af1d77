"""The key is exchanged for a token; what the collector refuses comes again with another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from llmlog.logger import Logger
from llmlog.testing.contract import complaint, lane_stats
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.otlp import spans
from llmlog.testing.samples import sample

TOKEN = Answer(content=b'{"token":"fake-one","project_id":"p"}')
ANOTHER = Answer(content=b'{"token":"fake-two","project_id":"p"}')


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Return an endpoint that makes tokens and takes spans."""
    with ScriptedEndpoint() as endpoint:
        yield endpoint


def logger(endpoint: ScriptedEndpoint, **own: Any) -> Logger:
    """Return a Logger that sends to it."""
    values = {"api_key": "fake-key", "api_endpoint": endpoint.url,
              "exporter_endpoint": endpoint.url, **own}  # fmt: skip
    return Logger(plugins=["agentops"], environ={}, file=False, plugin={"agentops": values})


def test_the_key_goes_to_the_vendor_and_the_token_to_the_collector(
    endpoint: ScriptedEndpoint,
) -> None:
    endpoint.script(TOKEN)
    with logger(endpoint, default_tags=["all"]) as made:
        made.log(sample())
        assert made.flush(20).complete
    auth, sent = endpoint.requests
    assert (auth.path, auth.json()) == ("/v3/auth/token", {"api_key": "fake-key"})
    assert (sent.path, sent.headers["authorization"]) == ("/v1/traces", "Bearer fake-one")
    assert b"fake-key" not in sent.content
    (span,) = spans(sent.content)
    said = span["attributes"]
    assert said["agentops.tags"] == ["all", "checkout", "beta"]
    assert said["gen_ai.prompt.1.content"] == "Say hello to Zoë."
    assert said["gen_ai.completion.0.finish_reason"] == "stop"


def test_a_token_that_ended_is_made_anew(endpoint: ScriptedEndpoint) -> None:
    endpoint.script(TOKEN, Answer(status=401), ANOTHER)
    with logger(endpoint) as made:
        made.log(sample())
        assert made.flush(30).complete
        stats = lane_stats(made)
    assert (stats.delivered, stats.lost, stats.retried) == (1, 0, 1)
    assert endpoint.requests[-1].headers["authorization"] == "Bearer fake-two"


@pytest.mark.parametrize("refusal", [Answer(status=403), Answer(content=b"[]"), Answer()])
def test_without_a_token_the_calls_wait(endpoint: ScriptedEndpoint, refusal: Answer) -> None:
    endpoint.default = refusal
    made = logger(endpoint)
    try:
        made.log(sample())
        stats = complaint(made)
    finally:
        made.close(0)
    assert (stats.pending, stats.lost) == (1, 0)
    assert "check AGENTOPS_API_KEY" in (stats.last_error or "")
    assert "fake-key" not in (stats.last_error or "")


def test_a_partial_success_is_counted(endpoint: ScriptedEndpoint) -> None:
    endpoint.script(TOKEN, Answer(content=b'{"partialSuccess":{"rejectedSpans":"1"}}'))
    with logger(endpoint, batch_age_s=600.0) as made:
        for name in ("chat", "stream"):
            made.log(sample(name))
        assert made.flush(20).complete
        stats = lane_stats(made)
    assert (stats.delivered, stats.lost) == (1, 1)
