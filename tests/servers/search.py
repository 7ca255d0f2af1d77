"""Two servers that speak the bulk API, each in an environment of its own."""

from __future__ import annotations

from servers.environment import Environment
from servers.process import HOST, Launch

NOIDA = Environment("noida-db", ("noida-db==0.2.3",))
OSMEM = Environment("osmem", ("osmem-server==0.1.6",))


def noida() -> Launch:
    """Say how to start the one of Elasticsearch's API."""
    command = (NOIDA.program("noida-db"), "start", "--data-dir", "{folder}/data",
               "--only", "elasticsearch", "--elasticsearch-port", "{http}")  # fmt: skip
    return Launch("noida-db", command, ready="/")


def osmem() -> Launch:
    """Say how to start the one of OpenSearch's API, which keeps all in memory."""
    OSMEM.program("python")
    (found,) = OSMEM.folder.glob("lib/python*/site-packages/osmem_server/bin/osmem-server*")
    return Launch("osmem", (found, "-addr", f"{HOST}:{{http}}", "-no-stdin-watch"), ready="/")
