"""Which topic of which cluster, and what librdkafka takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
from attrs import frozen

from llmlog import Secret, env


@frozen(kw_only=True)
class Settings:
    """Which topic of which cluster, and as whom."""

    bootstrap_servers: str = env(
        "LLMLOG_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS", help="host:port, with commas"
    )
    topic: str = env("KAFKA_TOPIC", default="llmlog", help="the topic")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = env(
        "KAFKA_SECURITY_PROTOCOL", default="PLAINTEXT", help="how brokers are spoken to"
    )
    sasl_mechanism: str = env("KAFKA_SASL_MECHANISM", default="PLAIN", help="such as SCRAM-SHA-512")
    username: str | None = env("KAFKA_SASL_USERNAME", default=None, help="SASL user")
    password: Secret | None = env("KAFKA_SASL_PASSWORD", default=None, help="SASL password")
    ca_file: str | None = env("KAFKA_SSL_CAFILE", default=None, help="certificates to trust")
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = env(
        default="zstd", help="of the messages of a batch"
    )
    timeout_s: float = env(default=30.0, help="seconds until a message is given back to the lane")
    options: Mapping[str, str] = env(
        default=attrs.Factory(dict), help="further settings of librdkafka, name=value with commas"
    )

    @property
    def configuration(self) -> dict[str, Any]:
        """Return what librdkafka takes; what is unset is left to it."""
        password = self.password.reveal() if self.password else None
        values = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism if self.username else None,
            "sasl.username": self.username,
            "sasl.password": password,
            "ssl.ca.location": self.ca_file,
            "compression.type": self.compression,
            "client.id": "llmlog",
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "delivery.timeout.ms": int(self.timeout_s * 1000),
            "log_level": 0,  # the lane tells the user
        }
        return {k: v for k, v in values.items() if v is not None} | dict(self.options)
