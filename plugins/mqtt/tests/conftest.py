"""Mosquitto for the tests that ask for it, and somebody who listens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.properties import PacketTypes, Properties
from servers.absence import program
from servers.process import HOST
from servers.service import Service, serving
from servers.waiting import eventually

CONFIG = """listener {port} {host}
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_packet_size 300000
max_queued_messages 0
allow_anonymous true
password_file {folder}/passwords
acl_file {folder}/acl
user root
"""
ACL = "topic readwrite llmlog/#\ntopic readwrite nobody/#\ntopic read forbidden/#\n\nuser llmlog\ntopic readwrite llmlog/#\n"


@pytest.fixture(scope="session")
def mqtt_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve Mosquitto."""
    folder = tmp_path_factory.mktemp("mqtt")
    command = (program("mqtt", "mosquitto", "mosquitto"), "-c", folder / "mosquitto.conf")
    service = Service("mqtt", command, folder)
    (folder / "passwords").write_text("")
    (folder / "acl").write_text(ACL)
    config = CONFIG.format(port=service.port, host=HOST, folder=folder)
    (folder / "mosquitto.conf").write_text(config)
    with serving(service) as started:
        yield started


class Listener:
    """A subscriber whose session the broker keeps."""

    def __init__(self, port: int) -> None:
        self.found: list[Any] = []
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 3600
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id="listener", protocol=mqtt.MQTTv5
        )
        self.client.on_message = lambda _, __, message: self.found.append(message)
        self.client.on_connect = lambda *_: self.client.subscribe("llmlog/#", qos=1)
        self.client.on_subscribe = lambda *_: self.ready.append(True)
        self.ready: list[bool] = []
        self.client.reconnect_delay_set(0.1, 0.5)
        self.client.connect(HOST, port, clean_start=True, properties=kept)
        self.client.loop_start()
        eventually(lambda: self.ready, seconds=30)

    def ids(self) -> list[str]:
        return [dict(each.properties.UserProperty)["llmlog-id"] for each in self.found]


@pytest.fixture
def listener(mqtt_server: Service) -> Iterator[Listener]:
    """Return a subscriber of all topics."""
    made = Listener(mqtt_server.port)
    yield made
    made.client.disconnect()
    made.client.loop_stop()
