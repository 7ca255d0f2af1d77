"""Against the server of the protocol's authors."""

from __future__ import annotations

import pytest
from servers import statsd
from servers.process import HOST
from servers.service import Service
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import SAMPLES, sample

pytestmark = pytest.mark.server


def test_the_server_adds_up_what_was_sent(statsd_server: Service) -> None:
    values = {
        "url": f"udp://{HOST}:{statsd_server.ports['udp']}",
        "flavor": "statsd",
        "tags": ["status"],
    }
    with Logger(plugins=["statsd"], environ={}, file=False, plugin={"statsd": values}) as logger:
        for name in SAMPLES:
            logger.log(sample(name))
        assert logger.flush(20).complete

    found = eventually(
        lambda: statsd.counters(statsd_server),
        lambda made: made.get("llmlog.calls.success", 0) >= 7,
    )
    assert found["llmlog.calls.success"] == 7
    assert found["llmlog.errors.failure.RateLimitError"] == 1
    assert found["llmlog.tokens.success.input"] == 18 * 4 + 4
    assert found["llmlog.cost.success.USD"] == pytest.approx(0.0078 * 5)
    assert found["statsd.bad_lines_seen"] == 0
