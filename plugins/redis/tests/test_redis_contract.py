"""What every plugin promises, against a real Redis."""

from __future__ import annotations

import pytest
import redis
from servers.process import HOST
from servers.service import Service

from llmlog.testing import ClientContract
from llmlog_redis import exporter


@pytest.mark.server
class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}", "stream": "calls"}

    @pytest.fixture
    def place(self, redis_server: Service) -> str:
        with redis.Redis(port=redis_server.port) as client:
            client.flushall()
        return f"redis://{HOST}:{redis_server.port}"

    def everything(self, place: str) -> str:
        with redis.Redis.from_url(place) as client:
            return str(client.xrange("calls")) + str(client.keys())
