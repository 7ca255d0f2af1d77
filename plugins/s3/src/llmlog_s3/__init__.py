"""Store LLM calls in S3, or in anything that speaks its protocol, as partitioned JSON lines.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from llmlog import Delivered, Limits, Outcome, Payload, Retryable, aws
from llmlog.delivery.outcome import Verdict
from llmlog.layout import body, folder, medium, medium_type, name
from llmlog_s3.settings import Settings

__all__ = ["MediaStore", "Settings", "exporter", "object_of", "parts", "send"]


def parts(settings: Settings, batch: Sequence[Payload]) -> Mapping[str, Sequence[Payload]]:
    """Return the events of each folder, in the order of their first ones: an object for each."""
    found: dict[str, list[Payload]] = {}
    for payload in batch:
        found.setdefault(folder(payload, settings.pattern), []).append(payload)
    return found


def object_of(settings: Settings, part: Sequence[Payload]) -> dict[str, Any]:
    """Return the arguments of `put_object` for a part."""
    packed = settings.gzip
    return {
        **settings.storage,
        "Key": name(part, settings.prefix, packed=packed, pattern=settings.pattern),
        "Body": body(part, packed=packed),
    }


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Store one object for each folder of a batch.

    It ends at the first object that is not taken. A verdict speaks for the whole batch while
    nothing of it is stored; after that, what is left comes again as a batch of its own, so that
    no event gets into a second object.
    """
    stored: list[Payload] = []
    for part in parts(settings, batch).values():
        try:
            client.put_object(**object_of(settings, part))
        except aws.ERRORS as problem:
            verdict = aws.verdict(problem)  # to S3 an object is opaque: no event is at fault
            return _rest(batch, stored, verdict.reason) if stored else verdict
        stored += part
    return Delivered()


def _rest(batch: Sequence[Payload], stored: Sequence[Payload], reason: str) -> Sequence[Outcome]:
    ids = {payload.id for payload in stored}
    return [Delivered() if each.id in ids else Retryable(reason) for each in batch]


service = aws.Service(plugin="s3", name="s3")


@frozen(eq=False)
class MediaStore:
    """Objects of a bucket, named by their content: what is put again overwrites itself."""

    client: Any
    settings: Settings

    def put(self, content: bytes, name: str) -> str:
        """Store an image, a sound or a file; return its address."""
        key = medium(name, self.settings.prefix)
        kind = {"ContentType": medium_type(name)}
        self.client.put_object(**self.settings.storage | kind, Key=key, Body=content)
        return f"s3://{self.settings.bucket}/{key}"

    def close(self) -> None:
        """Let go of connections."""
        self.client.close()


exporter = service.exporter(
    Settings,
    send,
    Limits(events=5_000, bytes=16_000_000, age_s=10.0),
    store=lambda settings: MediaStore(service.client(settings), settings),
)
