"""Two servers that speak the bulk API, each in an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.environment import Environment
from servers.process import HOST, Launch, Server, running

NOIDA = Environment("noida-db", ("noida-db==0.2.3",))
FIND = "import osmem_server, pathlib, sys; print(pathlib.Path(osmem_server.__file__).parent)"
OSMEM = Environment("osmem", ("osmem-server==0.1.6",))


def _noida() -> Launch:
    command = (NOIDA.program("noida-db"), "start", "--data-dir", "{folder}/data",
               "--only", "elasticsearch", "--elasticsearch-port", "{http}")  # fmt: skip
    return Launch("noida-db", command, ready="/")


def _osmem() -> Launch:
    OSMEM.program("python")
    (found,) = OSMEM.folder.glob("lib/python*/site-packages/osmem_server/bin/osmem-server*")
    return Launch("osmem", (found, "-addr", f"{HOST}:{{http}}", "-no-stdin-watch"), ready="/")


@pytest.fixture(scope="session", params=[_noida, _osmem], ids=["elasticsearch", "opensearch"])
def search_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Serve the Elasticsearch API, and the OpenSearch API."""
    launch = request.param()
    with running(launch, tmp_path_factory.mktemp(launch.name)) as server:
        yield server
