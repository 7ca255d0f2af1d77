"""What every plugin promises."""

from __future__ import annotations

from attrs import evolve

from llmlog.testing import Answer, ExporterContract, ScriptedEndpoint, sample
from llmlog_posthog import exporter


class TestContract(ExporterContract):
    """The contract."""

    exporter = exporter
    settings = {"project_key": "phc_fake", "host": "{url}"}
    accepted = Answer(content=b'{"status":"Ok"}')


class TestSmallEvents(TestContract):
    """The contract, at the endpoint for events of any kind."""

    settings = {**TestContract.settings, "path": "/batch/"}

    def test_an_event_that_posthog_would_drop_unsaid_is_made_shorter(
        self, endpoint: ScriptedEndpoint
    ) -> None:
        long = evolve(sample(), input_messages=(), input_value="Say it. " * 120 * 1024)
        with self.logger(endpoint.url, batch_age_s=5.0) as logger:
            for payload in (sample("tools"), long, sample("stream")):
                logger.log(payload)
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, stats.lost) == (3, 0)
        events = {made["uuid"]: made for request in endpoint.requests
                  for made in request.json()["batch"]}  # fmt: skip
        (change,) = events[long.id]["properties"]["changes"]
        assert (change["path"], change["action"]) == ("input_value", "cut")
        assert max(len(request.content) for request in endpoint.requests) <= 900 * 1024
