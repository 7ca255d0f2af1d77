"""Media in base64: kept in a store, or reduced to what they are called, their hash and size."""

from __future__ import annotations

import binascii
import hashlib
import mimetypes
import os
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes
from uuid import uuid4

from attrs import evolve, frozen

from llmlog.delivery.lock import NOFOLLOW
from llmlog.guard import guarded
from llmlog.message import Media, Message, Part
from llmlog.payload import Change, Payload


class Store(Protocol):
    """A place for media. It may have `close()`, called once at the end."""

    def put(self, content: bytes, name: str) -> str:
        """Keep bytes under a name that is their hash and an ending; return the address.

        It may raise, and several threads may call it at once. Equal content comes with an equal
        name, and is to be there once.
        """
        ...


@frozen
class FolderStore:
    """A folder of files that their owner alone can read."""

    folder: Path

    def put(self, content: bytes, name: str) -> str:
        """Write a file, whole or not at all; equal content is there once."""
        path = self.folder.absolute() / name
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = path.with_name(f".{uuid4().hex}")
            file = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | NOFOLLOW, 0o600)
            with os.fdopen(file, "wb") as target:
                target.write(content)
            beside.replace(path)
        return path.as_uri()


def referenced(payload: Payload) -> Payload:
    """Return the payload with a hash in place of each medium's content."""
    return _each_medium(payload, lambda _, __: None, "media")


def stored(payload: Payload, store: Store) -> Payload:
    """Return the payload with each medium's content in a store; with a hash where that fails."""
    return _each_medium(
        payload,
        lambda content, name: guarded(store.put, content, name, otherwise=lambda _: None),
    )


def deposited(payload: Payload, addresses: Mapping[str, str]) -> Payload:
    """Return the payload with the addresses of its media, by name; with a hash for the others."""
    return _each_medium(payload, lambda _, name: addresses.get(name))


def media_of(payload: Payload) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each medium that has its content with it."""
    for message in (*payload.input_messages, *payload.output_messages):
        for part in message.parts:
            if isinstance(part, Media) and (content := _content(part)) is not None:
                yield _name(part, content), content


Place = Callable[[bytes, str], "str | None"]
"""Where a medium of this content and name is; None if it is nowhere."""


def _each_medium(payload: Payload, place: Place, lost: str = "not_stored") -> Payload:
    made: dict[str, Any] = {}
    cuts: list[Change] = []
    for field in ("input_messages", "output_messages"):
        sizes: dict[str, list[int]] = {"stored": [], lost: []}
        messages = tuple(_message(each, place, sizes, lost) for each in getattr(payload, field))
        if any(sizes.values()):
            made[field] = messages
            cuts += (Change(path=field, action="cut", rule=rule, count=len(found),
                            original_size=sum(found))
                     for rule, found in sizes.items() if found)  # fmt: skip
    return evolve(payload, **made, changes=(*payload.changes, *cuts)) if made else payload


def _message(message: Message, place: Place, sizes: dict[str, list[int]], lost: str) -> Message:
    if not any(isinstance(part, Media) for part in message.parts):
        return message
    return evolve(message, parts=tuple(_part(part, place, sizes, lost) for part in message.parts))


def _part(part: Part, place: Place, sizes: dict[str, list[int]], lost: str) -> Part:
    if not isinstance(part, Media) or (content := _content(part)) is None:
        return part
    address = place(content, _name(part, content))
    sizes["stored" if address else lost].append(len(part.content or part.uri or ""))
    digest = hashlib.sha256(content).hexdigest()
    return evolve(part, content=None, uri=address or f"sha256:{digest}", sha256=digest,
                  size=len(content))  # fmt: skip


def _name(part: Media, content: bytes) -> str:
    ending = mimetypes.guess_extension(part.mime_type or "") or ""
    return f"{hashlib.sha256(content).hexdigest()}{ending}"


def _content(part: Media) -> bytes | None:
    """Return the bytes that a part brings along, None if it brings none."""
    if part.content is not None:
        return _bytes_of(part.content)
    inline = part.uri is not None and part.uri[:5].lower() == "data:"
    return _data_of(part.uri or "") if inline else None


def _bytes_of(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode(errors="surrogatepass")


def _data_of(address: str) -> bytes:
    """Return the bytes of a `data:` address (RFC 2397)."""
    head, _, body = address.partition(",")
    return _bytes_of(body) if head.lower().endswith(";base64") else unquote_to_bytes(body)
