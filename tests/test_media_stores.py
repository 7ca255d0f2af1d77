"""Media in the stores that plugins offer, read back from the real thing."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from servers import api, azurite, gcs, moto
from servers.service import Service, serving

from llmlog import Logger, Media, Message
from llmlog.testing import sample
from llmlog.testing.records import Records

pytestmark = pytest.mark.server
IMAGE = b"\x89PNG" + bytes(range(256)) * 4_000
DIGEST = hashlib.sha256(IMAGE).hexdigest()
NAME = f"llmlog/media/{DIGEST}.png"


@frozen
class Place:
    """A plugin with a store, its settings, and what lies there: type and bytes by name."""

    plugin: str
    settings: Mapping[str, Any]
    address: str
    stored: Callable[[], Mapping[str, tuple[str, bytes]]]


@contextmanager
def s3(folder: Path) -> Iterator[Place]:
    from servers.aws import KEYS, REGION, Cloud

    with serving(Service.of(moto.launch(), folder)) as service:
        client = Cloud(service.url).client("s3")
        place = {"LocationConstraint": REGION}
        client.create_bucket(Bucket="calls", CreateBucketConfiguration=place)

        def stored() -> Mapping[str, tuple[str, bytes]]:
            keys = [each["Key"] for each in client.list_objects_v2(Bucket="calls")["Contents"]]
            found = {key: client.get_object(Bucket="calls", Key=key) for key in keys}
            return {key: (one["ContentType"], one["Body"].read()) for key, one in found.items()}

        values = {"bucket": "calls", "endpoint_url": service.url, **KEYS}
        yield Place("s3", values, f"s3://calls/{NAME}", stored)


@contextmanager
def google(folder: Path) -> Iterator[Place]:
    with serving(Service.of(gcs.launch(), folder)) as service:
        api.ask(service, "POST", "/storage/v1/b?project=test", json={"name": "calls"})

        def stored() -> Mapping[str, tuple[str, bytes]]:
            items = api.get(service, "/storage/v1/b/calls/o")["items"]
            paths = {one["name"]: f"/download/storage/v1/b/calls/o/{one['name']}" for one in items}
            types = {one["name"]: one["contentType"] for one in items}
            return {name: (types[name], api.ask(service, "GET", path.replace("media/", "media%2F")
                           .replace("llmlog/", "llmlog%2F"), params={"alt": "media"}).content)
                    for name, path in paths.items()}  # fmt: skip

        values = {"bucket": "calls", "endpoint": service.url}
        yield Place("gcs", values, f"gs://calls/{NAME}", stored)


@contextmanager
def azure(folder: Path) -> Iterator[Place]:
    from azure.storage.blob import BlobServiceClient

    with serving(azurite.service(folder)) as service:
        account = azurite.connection_string(service.url)
        container = BlobServiceClient.from_connection_string(account).get_container_client("calls")
        container.create_container()

        def stored() -> Mapping[str, tuple[str, bytes]]:
            blobs = list(container.list_blobs())
            types = {one.name: one.content_settings.content_type for one in blobs}
            return {name: (kind, container.download_blob(name).readall())
                    for name, kind in types.items()}  # fmt: skip

        values = {"container": "calls", "connection_string": account}
        yield Place("azure-blob", values, f"{service.url}/llmlog/calls/{NAME}", stored)


Open = Callable[[Path], AbstractContextManager[Place]]
every_store = pytest.mark.parametrize("opened", [s3, google, azure], ids=lambda o: o.__name__)


def log_pictures(place: Place, **settings: Any) -> list[Any]:
    """Log the same picture twice; return the parts of the records that arrived elsewhere."""
    records = Records()
    picture = Media(modality="image", mime_type="image/png", content=b64encode(IMAGE).decode())
    messages = (Message(role="user", parts=[picture]),)
    plugin = {"records": {"media": place.plugin}, place.plugin: {**place.settings, **settings}}
    with Logger(plugins=[records], environ={}, file=False, plugin=plugin) as logger:
        for number in range(2):
            logger.log(evolve(sample("chat"), id=f"picture-{number}", input_messages=messages))
        assert logger.flush(60).complete, logger.stats()
        (account,) = (each for each in logger.stats() if each.exporter == "(media)")
        assert account.balanced
    return [part for each in records.all() for part in each.input_messages[0].parts]


@every_store
def test_a_picture_is_there_once_and_records_say_where(opened: Open, tmp_path: Path) -> None:
    """Also when another process, which does not know, puts it once more."""
    with opened(tmp_path) as place:
        found = log_pictures(place) + log_pictures(place)
        assert place.stored() == {NAME: ("image/png", IMAGE)}
    assert set(found) == {Media(modality="image", mime_type="image/png", uri=place.address,
                                sha256=DIGEST, size=len(IMAGE))}  # fmt: skip


@every_store
def test_without_the_bucket_the_hash_goes_alone(opened: Open, tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        name = "container" if place.plugin == "azure-blob" else "bucket"
        found = log_pictures(place, **{name: "missing"})
    assert {(part.uri, part.content) for part in found} == {(f"sha256:{DIGEST}", None)}
