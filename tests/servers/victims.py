"""The servers that the test of killed servers kills, beside those of the plugins' own tests."""

from __future__ import annotations

import gzip
import json
import mailbox
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import evolve

from llmlog import Payload
from llmlog.testing import ALERTS
from servers import api, azurite, gcs, influx, moto, pubsub, search, syslog_ng, tansu
from servers.process import HOST
from servers.service import Service, numbered, serving
from servers.victim import Forgetful, Ids, Victim, remembering

Open = Callable[[Path], AbstractContextManager[Victim]]


def _ids(content: bytes) -> Ids:
    """Return the ids of an object of lines."""
    return [json.loads(line)["id"] for line in gzip.decompress(content).splitlines()]


@contextmanager
def _forgetful(
    plugin: str, service: Service, read: Callable[[], Ids], prepare: Callable[[], object],
    settings: Callable[[str], dict[str, Any]],
) -> Iterator[Victim]:  # fmt: skip
    """Serve what forgets; `settings(url)` are the plugin's, for the address of the proxy."""
    with serving(service):
        prepare()
        server = Forgetful(service, read, prepare)
        with server.proxy as proxy:
            yield Victim(plugin=plugin, settings=settings(proxy.url), server=server,
                         lives=server.lives)  # fmt: skip


@contextmanager
def _amazon(
    plugin: str, name: str, folder: Path, prepare: Callable[[Any], object],
    read: Callable[[Any], Ids], **settings: Any,
) -> Iterator[Victim]:  # fmt: skip
    """Serve one of Amazon's services; `prepare` and `read` take boto3's client of it."""
    from servers.aws import KEYS, Cloud

    service = Service.of(moto.launch(), folder)
    client = Cloud(service.url).client(name)
    with _forgetful(
        plugin, service, lambda: read(client), lambda: prepare(client),
        lambda url: {"endpoint_url": url, **KEYS, **settings},
    ) as victim:  # fmt: skip
        yield victim


def s3(folder: Path) -> AbstractContextManager[Victim]:
    """Objects in a bucket."""
    from servers.aws import REGION

    def prepare(client: Any) -> None:
        place = {"LocationConstraint": REGION}
        client.create_bucket(Bucket="calls", CreateBucketConfiguration=place)

    def read(client: Any) -> Ids:
        keys = [each["Key"] for each in client.list_objects_v2(Bucket="calls").get("Contents", [])]
        bodies = (client.get_object(Bucket="calls", Key=key)["Body"].read() for key in keys)
        return [found for body in bodies for found in _ids(body)]

    return _amazon("s3", "s3", folder, prepare, read, bucket="calls")


def sqs(folder: Path) -> AbstractContextManager[Victim]:
    """Messages in a queue that keeps one of each within five minutes."""
    queue = {"QueueName": "calls.fifo", "Attributes": {"FifoQueue": "true"}}

    def read(client: Any) -> Ids:
        found: list[str] = []
        url = client.get_queue_url(QueueName=queue["QueueName"])["QueueUrl"]
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10,
                                                 MessageAttributeNames=["All"]).get("Messages"):  # fmt: skip
            for each in messages:
                client.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                found.append(each["MessageAttributes"]["llmlog-id"]["StringValue"])
        return found

    return _amazon("sqs", "sqs", folder, lambda client: client.create_queue(**queue), read,
                   queue_url="http://sqs.invalid/123456789012/calls.fifo")  # fmt: skip


def dynamodb(folder: Path) -> AbstractContextManager[Victim]:
    """Items of a table, which the plugin makes."""

    def read(client: Any) -> Ids:
        pages = client.get_paginator("scan").paginate(TableName="calls")
        return [item["id"]["S"] for page in pages for item in page["Items"]]

    return _amazon("dynamodb", "dynamodb", folder, lambda _: None, read, table="calls", create=True)


def kinesis(folder: Path) -> AbstractContextManager[Victim]:
    """Records of a stream."""

    def read(client: Any) -> Ids:
        (shard,) = client.list_shards(StreamName="calls")["Shards"]
        start = client.get_shard_iterator(
            StreamName="calls", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = client.get_records(ShardIterator=start)["Records"]
        return [json.loads(record["Data"])["id"] for record in records]

    return _amazon("kinesis", "kinesis", folder,
                   lambda client: client.create_stream(StreamName="calls", ShardCount=1), read,
                   stream="calls")  # fmt: skip


@contextmanager
def cloudwatch(folder: Path) -> Iterator[Victim]:
    """Events of a log stream, which the plugin makes; they may not be older than 14 days."""
    now = time.time_ns() - 60 * 10**9

    def read(client: Any) -> Ids:
        events = client.get_log_events(logGroupName="calls", logStreamName="llmlog")["events"]
        return [json.loads(event["message"])["id"] for event in events]

    def call(number: int) -> Payload:
        timing = evolve(
            numbered(number).timing, start_unix_ns=now + number, end_unix_ns=now + 10**9
        )
        return evolve(numbered(number), timing=timing)

    with _amazon("cloudwatch", "logs", folder, lambda _: None, read, group="calls",
                 create=True) as victim:  # fmt: skip
        yield evolve(victim, call=call)


def google_storage(folder: Path) -> AbstractContextManager[Victim]:
    """Objects in a bucket."""
    service = Service.of(gcs.launch(), folder)

    def prepare() -> None:
        api.ask(
            service, "POST", "/storage/v1/b", params={"project": "test"}, json={"name": "calls"}
        )

    def read() -> Ids:
        items = api.get(service, "/storage/v1/b/calls/o").get("items", ())
        paths = (f"/storage/v1/b/calls/o/{quote(each['name'], safe='')}" for each in items)
        bodies = (api.ask(service, "GET", path, params={"alt": "media"}).content for path in paths)
        return [found for body in bodies for found in _ids(body)]

    return _forgetful(
        "gcs", service, read, prepare, lambda url: {"bucket": "calls", "endpoint": url}
    )


def azure(folder: Path) -> AbstractContextManager[Victim]:
    """Blobs in a container."""
    from azure.storage.blob import BlobServiceClient

    service = azurite.service(folder)
    client = BlobServiceClient.from_connection_string(azurite.connection_string(service.url))
    container = client.get_container_client("calls")

    def read() -> Ids:
        names = [each.name for each in container.list_blobs()]
        bodies = (container.download_blob(name).readall() for name in names)
        return [found for body in bodies for found in _ids(body)]

    return _forgetful(
        "azure-blob", service, read, container.create_container,
        lambda url: {"container": "calls", "connection_string": azurite.connection_string(url)},
    )  # fmt: skip


def google_pubsub(folder: Path) -> AbstractContextManager[Victim]:
    """Messages of a subscription."""
    service = Service.of(pubsub.launch(), folder)
    topic, reader = "/v1/projects/fake/topics/calls", "/v1/projects/fake/subscriptions/reader"

    def prepare() -> None:
        api.ask(service, "PUT", topic)
        api.ask(service, "PUT", reader, json={"topic": topic[4:]})

    def read() -> Ids:
        return list(_pulled(service, reader))

    values = {"project": "fake", "topic": "calls"}
    return _forgetful("pubsub", service, read, prepare, lambda url: {**values, "endpoint": url})


def _pulled(service: Service, subscription: str, empty: int = 3) -> Iterator[str]:
    """Pull until some answers on end are empty: one alone may come too early."""
    while empty:
        asked = {"maxMessages": 100, "returnImmediately": True}
        answer = api.ask(service, "POST", f"{subscription}:pull", json=asked).json()
        found = answer.get("receivedMessages", ())
        empty -= not found
        if found:
            taken = {"ackIds": [each["ackId"] for each in found]}
            api.ask(service, "POST", f"{subscription}:acknowledge", json=taken)
        yield from (each["message"]["attributes"]["llmlog-id"] for each in found)


@contextmanager
def kafka(folder: Path) -> Iterator[Victim]:
    """Messages of a topic, which the broker keeps in a store of objects that lives on."""
    kept = folder / "kept"
    kept.mkdir()
    with serving(Service.of(moto.launch(), kept)) as store:
        api.ask(store, "PUT", "/tansu")
        service = tansu.service(folder, store)
        servers = f"{HOST}:{service.port}"
        with serving(service):
            yield remembering("kafka", service, lambda: tansu.ids(servers),
                              bootstrap_servers=servers, timeout_s=10.0)  # fmt: skip


def opensearch(folder: Path) -> AbstractContextManager[Victim]:
    """Documents of an index."""
    service = Service.of(search.osmem(), folder)

    def read() -> Ids:
        api.post(service, "/calls/_refresh")
        hits = api.post(service, "/calls/_search", {"size": 1000})["hits"]["hits"]
        return [hit["_id"] for hit in hits]

    return _forgetful("elasticsearch", service, read, lambda: None,
                      lambda url: {"url": url, "index": "calls"})  # fmt: skip


@contextmanager
def influxdb(folder: Path) -> Iterator[Victim]:
    """Points of a measurement."""
    service = Service.of(influx.influxdb(), folder)

    def read() -> Ids:
        found = api.get(service, "/query", db="llmlog", q='SELECT "id" FROM "calls"')
        (series,) = found["results"][0]["series"]
        return [row[1] for row in series["values"]]

    with serving(service):
        api.ask(service, "POST", "/query", params={"q": "CREATE DATABASE llmlog"})
        yield remembering("influxdb", service, read, url=service.url, api="v1", measurement="calls")


@contextmanager
def smtp(folder: Path) -> Iterator[Victim]:
    """Alerts in a mailbox."""
    command = (sys.executable, "-m", "aiosmtpd", "-n", "-l", f"{HOST}:{{port}}",
               "-c", "aiosmtpd.handlers.Mailbox", "{folder}/mail")  # fmt: skip
    service = Service("aiosmtpd", command, folder)

    def read() -> Ids:
        mails = mailbox.Maildir(folder / "mail", create=False)
        return [str(each["Message-ID"]).strip("<>").partition("@")[0] for each in mails]

    def call(number: int) -> Payload:
        return evolve(ALERTS["firing"], id=numbered(number).id, span_id=numbered(number).span_id)

    with serving(service):
        yield evolve(
            remembering("email", service, read, host=HOST, port=service.port, security="none",
                        sender="llmlog@example.com", to=["ops@example.com"]),
            call=call,
        )  # fmt: skip


@contextmanager
def syslog(folder: Path) -> Iterator[Victim]:
    """Lines of a file; nobody acknowledges a message."""
    service = syslog_ng.service(folder)

    def read() -> Ids:
        return [json.loads(line["MESSAGE"])["id"] for line in syslog_ng.lines(service)]

    address = f"tcp://{HOST}:{service.ports['tcp']}"
    with serving(service):
        yield remembering("syslog", service, read, address=address)


ONCE: Sequence[Open] = (
    s3, sqs, dynamodb, google_storage, azure, opensearch, influxdb,
)  # fmt: skip
"""These hold one copy of each call, whatever is sent again."""

AT_LEAST_ONCE: Sequence[Open] = (kinesis, cloudwatch, google_pubsub, kafka, smtp)
"""These hold a call a second time when they took it and nobody learned of it."""
