"""PostgreSQL, in a cluster of its own that trusts loopback.

https://www.postgresql.org/docs/current/app-initdb.html
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.absence import unavailable
from servers.process import HOST
from servers.service import Service, serving

NAME = "postgres"
USER = "postgres"


def program(name: str) -> Path:
    """Find a program of the newest PostgreSQL, which Debian keeps off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        unavailable(NAME, f"{name} is not installed: apt-get install postgresql")
    return found[-1]


@contextmanager
def postgres() -> Iterator[Service]:
    """Make a cluster and serve it; PostgreSQL refuses root, so it runs as its own user then."""
    folder = Path(tempfile.mkdtemp(prefix="llmlog-postgres-"))
    user = USER if os.geteuid() == 0 else None
    try:
        if user:
            shutil.chown(folder, user)
        init = [program("initdb"), "-D", folder / "data", "-A", "trust", "-U", USER, "-E", "UTF8"]
        subprocess.run(init, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL)
        command = (
            program("postgres"), "-D", "{folder}/data", "-p", "{port}", "-c", f"listen_addresses={HOST}",
            "-c", "unix_socket_directories=", "-c", "shared_buffers=16MB",
        )  # fmt: skip
        with serving(Service(NAME, command, folder, answers=ready, user=user)) as service:
            yield service
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ready(port: int) -> None:
    """Raise OSError unless it takes connections."""
    command = [program("pg_isready"), "-q", "-h", HOST, "-p", str(port)]
    if subprocess.run(command, check=False).returncode:
        raise ConnectionRefusedError


def url(service: Service) -> str:
    """Return the address of its database."""
    return f"postgresql://{USER}@{HOST}:{service.port}/postgres"
