"""Against the server of the protocol's authors."""

from __future__ import annotations

import json
import re

import pytest
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def test_the_server_adds_up_what_was_sent(statsd_server) -> None:
    values = {"url": statsd_server.url, "flavor": "statsd", "tags": ["status"]}
    with Logger(plugins=["statsd"], environ={}, file=False, plugin={"statsd": values}) as logger:
        for name in SAMPLES:
            logger.log(sample(name))
        assert logger.flush(20).complete

    def counters() -> dict[str, float]:
        text = statsd_server.asked("counters").rpartition("END")[0]
        return json.loads(re.sub(r"([{,]\s*)'?([\w.\-]+)'?:", r'\1"\2":', text))

    found = eventually(counters, lambda made: made.get("llmlog.calls.success", 0) >= 7)
    assert found["llmlog.calls.success"] == 7
    assert found["llmlog.errors.failure.RateLimitError"] == 1
    assert found["llmlog.tokens.success.input"] == 18 * 4 + 4
    assert found["llmlog.cost.success.USD"] == pytest.approx(0.0078 * 5)
    assert found["statsd.bad_lines_seen"] == 0
