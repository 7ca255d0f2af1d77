"""Media in base64: kept in a store, or reduced to what they are called, their hash and size."""

from __future__ import annotations

import binascii
import hashlib
import mimetypes
import os
from base64 import b64decode
from collections.abc import Callable
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
    """A place for media."""

    def put(self, content: bytes, name: str) -> str:
        """Keep bytes under a name that is their hash; return the address. May raise."""
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
    return _each_medium(payload, lambda _, name: f"sha256:{name.partition('.')[0]}", "media")


def stored(payload: Payload, store: Store) -> Payload:
    """Return the payload with each medium's content in a store; with a hash where that fails."""

    def put(content: bytes, name: str) -> str:
        short = f"sha256:{name.partition('.')[0]}"
        return guarded(store.put, content, name, otherwise=lambda _: short)

    return _each_medium(payload, put, "stored")


def _each_medium(payload: Payload, place: Callable[[bytes, str], str], rule: str) -> Payload:
    made: dict[str, Any] = {}
    cuts: list[Change] = []
    for field in ("input_messages", "output_messages"):
        sizes: list[int] = []
        messages = tuple(_message(each, place, sizes) for each in getattr(payload, field))
        if sizes:
            made[field] = messages
            cuts.append(Change(path=field, action="cut", rule=rule, count=len(sizes),
                               original_size=sum(sizes)))  # fmt: skip
    return evolve(payload, **made, changes=(*payload.changes, *cuts)) if made else payload


def _message(message: Message, place: Callable[[bytes, str], str], sizes: list[int]) -> Message:
    if not any(isinstance(part, Media) for part in message.parts):
        return message
    return evolve(message, parts=tuple(_part(part, place, sizes) for part in message.parts))


def _part(part: Part, place: Callable[[bytes, str], str], sizes: list[int]) -> Part:
    if not isinstance(part, Media):
        return part
    inline = part.uri if part.uri and part.uri[:5].lower() == "data:" else None
    text = part.content if part.content is not None else inline
    if text is None:
        return part
    sizes.append(len(text))
    content = _data_of(text) if text is inline else _bytes_of(text)
    ending = mimetypes.guess_extension(part.mime_type or "") or ""
    address = place(content, f"{hashlib.sha256(content).hexdigest()}{ending}")
    return evolve(part, content=None, uri=address)


def _bytes_of(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode(errors="surrogatepass")


def _data_of(address: str) -> bytes:
    """Return the bytes of a `data:` address (RFC 2397)."""
    head, _, body = address.partition(",")
    return _bytes_of(body) if head.lower().endswith(";base64") else unquote_to_bytes(body)
