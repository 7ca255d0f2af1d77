"""A connection of paho-mqtt, whose network loop runs while something is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client as Paho
from paho.mqtt.client import MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

TOO_LARGE = 0x95
_STEP_S = 0.05
_HEAD_BYTES = 1024  # of a packet, more than topic and properties take
Message = tuple[bytes, Mapping[str, str]]


class Client:
    """One connection; a lost one is not opened again here, but by the lane."""

    def __init__(
        self,
        host: str,
        port: int,
        timeout_s: float,
        *,
        tls: bool = False,
        credentials: tuple[str, str] | None = None,
    ) -> None:
        self._steps = int(timeout_s / _STEP_S)
        self._answer: Any = None  # to CONNECT
        self._largest: int | None = None
        self._codes: dict[int, int] = {}
        self._paho = Paho(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
        self._paho.connect_timeout = timeout_s
        if credentials:
            self._paho.username_pw_set(*credentials)
        if tls:
            self._paho.tls_set()
        self._paho.on_connect = self._connected
        self._paho.on_publish = self._published
        self._paho.connect(host, port, keepalive=0)
        self._turn(lambda: self._answer is not None, self._steps)
        self._check()

    def _check(self) -> None:
        """Raise ConnectionRefusedError unless the broker said that we are welcome."""
        if self._answer is None or self._answer.is_failure:
            message = f"the broker does not connect: {self._answer or 'no answer'}"
            raise ConnectionRefusedError(message)

    def _connected(self, _: object, __: object, ___: object, code: Any, properties: Any) -> None:
        self._answer = code
        self._largest = getattr(properties, "MaximumPacketSize", None)

    def _published(self, _: object, __: object, number: int, code: Any, ___: object) -> None:
        self._codes[number] = code.value

    def _turn(self, done: Callable[[], bool], steps: int) -> None:
        """Run the network loop until something is done, at most so many steps."""
        while not done() and steps > 0:
            steps -= 1
            if self._paho.loop(_STEP_S):
                self._check()
                message = "the broker ended the connection"
                raise ConnectionResetError(message)

    def publish(self, topic: str, messages: Sequence[Message]) -> list[int | None]:
        """Publish messages; return a reason code for each, None where none came in time."""
        self._codes.clear()
        numbers = [self._send(topic, *message) for message in messages]
        waited = [number for number in numbers if number is not None]
        self._turn(lambda: len(self._codes) >= len(waited), self._steps + 4 * len(waited))
        return [TOO_LARGE if n is None else self._codes.get(n) for n in numbers]

    def _send(self, topic: str, body: bytes, words: Mapping[str, str]) -> int | None:
        """Queue a message and return its number; None if the broker would not take its size."""
        if self._largest is not None and len(body) + _HEAD_BYTES > self._largest:
            return None
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = list(words.items())
        properties.ContentType = "application/json"
        properties.PayloadFormatIndicator = 1
        return self._paho.publish(topic, body, qos=1, properties=properties).mid

    def close(self) -> None:
        """Say goodbye, and close the connection."""
        self._paho.disconnect()
