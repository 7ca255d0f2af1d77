"""moto: Amazon's services in one process; here S3, path-style, any credentials.

https://docs.getmoto.org/en/latest/docs/server_mode.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote
from xml.etree import ElementTree as ET

import httpx
from attrs import frozen

from servers import api
from servers.environment import Environment
from servers.process import HOST, Launch, Server

ENVIRONMENT = Environment("moto", ("moto[server]==5.2.5",))
CREDENTIAL = "fake/20260101/us-east-1/s3/aws4_request"
SIGNED = {"authorization": f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}"}
S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@frozen
class StoredObject:
    """An object with its bytes as they were put, still compressed if they were."""

    body: bytes
    headers: Mapping[str, str]


def launch() -> Launch:
    """Say how to start it."""
    command = (ENVIRONMENT.program("moto_server"), "-H", HOST, "-p", "{http}")
    return Launch("moto", command, ready="/moto-api/data.json")


def create_bucket(server: Server, name: str) -> None:
    """Make a bucket."""
    api.ask(server, "PUT", f"/{name}")


def keys(server: Server, bucket: str, page: int = 1000) -> Iterator[str]:
    """Yield the key of every object, in order, `page` of them from each request."""
    params = {"list-type": "2", "max-keys": str(page)}
    while True:
        answer = api.ask(server, "GET", f"/{bucket}", params=params)
        listing = ET.fromstring(answer.content)
        yield from (key.text or "" for key in listing.iterfind(f"{S3}Contents/{S3}Key"))
        token = listing.findtext(f"{S3}NextContinuationToken")
        if not token:
            return
        params["continuation-token"] = token


def objects(server: Server, bucket: str) -> dict[str, StoredObject]:
    """Return every object by its key."""
    return {key: _stored(server, f"/{bucket}/{quote(key)}") for key in keys(server, bucket)}


def reset(server: Server) -> None:
    """Forget everything."""
    api.post(server, "/moto-api/reset")


def _stored(server: Server, path: str) -> StoredObject:
    url = server.url + path
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("GET", url, headers=SIGNED) as answer,
    ):
        answer.raise_for_status()
        return StoredObject(b"".join(answer.iter_raw()), dict(answer.headers))
