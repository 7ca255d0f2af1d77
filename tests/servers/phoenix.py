"""Phoenix: takes OTLP as protobuf, over HTTP (`url`) and gRPC (`grpc_url`); JSON is a 415.

A span's project is the resource attribute `openinference.project.name`. Spans are stored a moment
after the answer: read them back with `eventually`.

https://arize.com/docs/phoenix/sdk-api-reference/rest-api/overview
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from servers import api
from servers.environment import Environment
from servers.process import HOST, Launch, Server

ENVIRONMENT = Environment("phoenix", ("arize-phoenix==20.26.1",))
MOST_SPANS = 1000


def launch() -> Launch:
    """Say how to start it."""
    script = Path(__file__).with_name("phoenix_serve.py")
    env = {
        "PHOENIX_WORKING_DIR": "{folder}",
        "PHOENIX_HOST": HOST,
        "PHOENIX_PORT": "{http}",
        "PHOENIX_GRPC_PORT": "{grpc}",
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    command = (ENVIRONMENT.program("python"), "-I", script, HOST)
    return Launch("phoenix", command, "/healthz", ports=("http", "grpc"), env=env, seconds=180)


def spans(server: Server, project: str) -> list[dict[str, Any]]:
    """Return up to 1000 spans of a project, latest first; none when there is no such project.

    A span has name, context (trace_id, span_id), parent_id, span_kind, start_time, end_time,
    status_code, status_message, events and attributes, a flat dict with Phoenix's own among them.
    """
    try:
        page = api.get(server, f"/v1/projects/{project}/spans", limit=MOST_SPANS)
    except httpx.HTTPStatusError as problem:
        if problem.response.status_code == HTTPStatus.NOT_FOUND:
            return []
        raise
    found: list[dict[str, Any]] = page["data"]
    return found
