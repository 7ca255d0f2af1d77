"""What every plugin promises, against a real PostgreSQL."""

from __future__ import annotations

import psycopg
import pytest
from servers.postgres import url
from servers.service import Service

from llmlog.testing import ClientContract
from llmlog_postgres import exporter


@pytest.mark.server
class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {"url": "{url}", "create": True}

    @pytest.fixture
    def place(self, postgres_server: Service) -> str:
        with psycopg.connect(url(postgres_server)) as connection:
            connection.execute("drop table if exists llmlog_calls")
        return url(postgres_server)

    def everything(self, place: str) -> str:
        with psycopg.connect(place) as connection:
            rows = connection.execute("select calls::text from llmlog_calls calls").fetchall()
        return "\n".join(text for (text,) in rows)
