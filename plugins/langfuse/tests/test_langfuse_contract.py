"""The contract, and the replies that Langfuse gives."""

from __future__ import annotations

from llmlog.testing.contract import OTLPContract, lane_stats
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.samples import sample
from llmlog_langfuse import exporter as langfuse


class TestContract(OTLPContract):
    """Observations for one project."""

    exporter = langfuse
    settings = {"public_key": "pk-lf-fake", "secret_key": "sk-lf-fake", "base_url": "{url}"}
    partial = Answer(content=b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"old"}}')

    def test_an_invalid_batch_is_rejected_with_the_servers_words(self) -> None:
        body = b'{"error":"Invalid OTLP trace export: 1 of 1 span(s) cannot be processed"}'
        refusal = Answer(status=400, content=body)
        with ScriptedEndpoint(refusal) as endpoint, self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        assert (stats.delivered, stats.lost) == (0, 1)
        assert "cannot be processed" in (stats.last_error or "")

    def test_a_rate_limit_is_waited_for(self) -> None:
        limit = Answer(status=429, headers={"retry-after": "0"}, content=b'{"message":"slow"}')
        with ScriptedEndpoint(limit) as endpoint, self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        assert (stats.delivered, stats.retried) == (1, 1)
