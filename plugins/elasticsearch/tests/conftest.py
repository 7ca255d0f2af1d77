"""Two servers that speak the bulk API, each in an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers import search
from servers.process import Server, running


@pytest.fixture(
    scope="session", params=[search.noida, search.osmem], ids=["elasticsearch", "opensearch"]
)
def search_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Serve the Elasticsearch API, and the OpenSearch API."""
    launch = request.param()
    with running(launch, tmp_path_factory.mktemp(launch.name)) as server:
        yield server
