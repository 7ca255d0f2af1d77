"""RabbitMQ for the tests that ask for it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pika
import pytest
from servers.absence import unavailable
from servers.process import HOST, free_ports
from servers.service import Service, serving

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def answers(port: int) -> None:
    """Raise OSError unless the broker talks."""
    try:
        pika.BlockingConnection(pika.ConnectionParameters(HOST, port)).close()
    except pika.exceptions.AMQPError as problem:
        raise ConnectionRefusedError from problem


@pytest.fixture(scope="session")
def rabbitmq_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve RabbitMQ, with a port mapper of its own that ends with it."""
    if not PROGRAM.exists():
        unavailable("rabbitmq", "it is not installed: apt-get install rabbitmq-server")
    ports = free_ports(("mapper", "distribution"))
    env = {
        "HOME": "{folder}", "ERL_EPMD_ADDRESS": HOST, "ERL_EPMD_PORT": str(ports["mapper"]),
        "RABBITMQ_NODENAME": "llmlog@localhost", "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": "{port}", "RABBITMQ_DIST_PORT": str(ports["distribution"]),
        "RABBITMQ_MNESIA_BASE": "{folder}", "RABBITMQ_LOG_BASE": "{folder}/log",
        "RABBITMQ_LOGS": "-", "RABBITMQ_ENABLED_PLUGINS_FILE": "{folder}/plugins",
        "RABBITMQ_PID_FILE": "{folder}/pid", "RABBITMQ_CONFIG_FILE": "{folder}/rabbitmq",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("rabbitmq")
    service = Service("rabbitmq", [PROGRAM], folder, env=env, answers=answers, seconds=150)
    try:
        with serving(service) as started:
            yield started
    finally:
        kill = ["epmd", "-port", str(ports["mapper"]), "-kill"]
        subprocess.run(kill, check=False, capture_output=True, env={"PATH": "/usr/bin"})


@pytest.fixture
def channel(rabbitmq_server: Service) -> Iterator[Any]:
    """Return a channel to a broker without the queue `llmlog`."""
    parameters = pika.ConnectionParameters(HOST, rabbitmq_server.port)
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.queue_delete("llmlog")
    yield channel
    with suppress(pika.exceptions.AMQPError):
        connection.close()
