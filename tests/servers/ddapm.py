"""Datadog's test agent: an OTLP receiver for protobuf and JSON (`otlp_url`) and gRPC (`grpc_url`).

`url` takes what a Datadog agent takes: APM traces and, under `/evp_proxy/v2/`, LLM Observability.
It keeps what it took until `clear`.

https://github.com/DataDog/dd-apm-test-agent
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from servers import api, otlp
from servers.environment import Environment
from servers.process import HOST, Launch, Server

ENVIRONMENT = Environment("ddapm", ("ddapm-test-agent==1.69.1",))


@frozen
class Taken:
    """A request as it came in, its body still compressed if it was."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def launch() -> Launch:
    """Say how to start it."""
    command = (
        ENVIRONMENT.program("ddapm-test-agent"),
        f"--host={HOST}",
        "--port={http}",
        "--otlp-http-port={otlp}",
        "--otlp-grpc-port={grpc}",
        "--web-ui-port=0",
        "--snapshot-dir={folder}",
        "--vcr-cassettes-directory={folder}",
        "--disable-llmobs-data-forwarding",
    )
    return Launch("ddapm", command, "/info", ports=("http", "otlp", "grpc"), seconds=60)


def documents(server: Server) -> list[dict[str, Any]]:
    """Return the OTLP trace requests, latest first: protobuf in snake_case, JSON as it was sent."""
    taken: list[dict[str, Any]] = api.get(server, "/test/session/traces", port="otlp")
    return taken


def spans(server: Server) -> list[otlp.Span]:
    """Return every span that came in over OTLP, whichever way."""
    return [span for document in documents(server) for span in otlp.spans(document)]


def requests(server: Server, port: str = "http") -> list[Taken]:
    """Return the requests to one port, `http` or `otlp`, latest first."""
    return [
        Taken(each["method"], each["url"], each["headers"], base64.b64decode(each["body"]))
        for each in api.get(server, "/test/session/requests", port=port)
    ]


def clear(server: Server) -> None:
    """Forget what came in."""
    api.ask(server, "GET", "/test/session/clear")
