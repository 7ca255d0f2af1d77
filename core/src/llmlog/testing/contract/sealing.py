"""Encrypted content through a plugin: unreadable wherever it arrives, and whole for its owner."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import pytest
from attrs import evolve

from llmlog.encryption.envelope import HEAD, DamagedError, Key, new_key, open_envelope
from llmlog.encryption.opening import decrypt
from llmlog.encryption.ring import FolderKeys
from llmlog.identity import id_text, new_id
from llmlog.logger import Logger
from llmlog.message import JSON, Message, Reasoning, Text
from llmlog.payload import Payload
from llmlog.redaction.hiding import without_content
from llmlog.schema import to_json
from llmlog.testing.canary import traces
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.contract.manners import MannersContract
from llmlog.testing.samples import SAMPLES, sample

OWNER = "acme"
_SEALED = re.compile(rf"{HEAD}[0-9a-f]{{16}}:[A-Za-z0-9_-]*")
_BLOB = re.compile("[A-Za-z0-9+/]{60,}={0,2}")
_PIECE, _SPARE = 12, 9
"""How much of a text is readable; how much of what follows may look like part of an envelope."""


class SealingContract(MannersContract):
    """What holds of encrypted content for every plugin that takes records."""

    previews: ClassVar[bool] = False
    """Whether a plugin shows the beginnings of texts at most, which no key can open."""

    def shows(self, logger: Logger) -> str:
        """Return what a plugin of this form shows while it runs."""
        raise NotImplementedError

    def holds(self, place: str) -> bytes:
        """Return what the destination of a plugin of this form holds afterwards."""
        raise NotImplementedError

    def test_encrypted_content_opens_for_its_owner_alone(self, place: str, tmp_path: Path) -> None:
        """Encrypted, no piece of it is read anywhere; its key opens it whole, until destroyed."""
        pytest.importorskip("cryptography", reason="pip install 'llmlog[encryption]'")
        keys = FolderKeys(tmp_path / "keys")
        keys.add(OWNER, new_key())
        (key,) = keys.of(OWNER)
        marked = [_long(evolve(with_canary(sample(name)), organization_id=OWNER))
                  for name in SAMPLES]  # fmt: skip
        core = {"encryption_folder": str(keys.folder)}
        with self.logger(place, content="encrypted", core=core) as logger:
            held = self._told(logger, place, marked)
            assert self.stats(logger).lost == 0
            assert not _read_in(held, marked)
            opened = [_whole(each, key) for each in _envelopes(held)]
            assert keys.destroy(OWNER)
            afterwards = self._told(logger, place, marked)
        assert not _read_in(f"{afterwards}{decrypt(held, keys)}", marked)
        assert _envelopes(afterwards) <= _envelopes(held)
        shown = self._shows_content(place, marked) and not self.previews
        assert (CANARY in str(opened)) is shown

    def _told(self, logger: Logger, place: str, payloads: Sequence[Payload]) -> str:
        """Return all that is there to be read once a Logger has delivered these payloads.

        Each time they are new records, which no destination takes for those that it has.
        """
        for payload in payloads:
            logger.log(evolve(payload, id=id_text(new_id())))
        assert logger.flush(60).complete
        return "\n".join(_readable(self.holds(place) + self.shows(logger).encode()))

    def _shows_content(self, place: str, payloads: Sequence[Payload]) -> bool:
        """Say whether a plugin tells what was said, where nothing is hidden from it."""
        with self.logger(place) as logger:
            return CANARY in self._told(logger, place, payloads)


def _long(payload: Payload) -> Payload:
    """Return the payload with a text at its end that is longer than many a limit."""
    last = Message(role="user", parts=[Text(content=f"{CANARY} " * 500)])
    error = payload.error and evolve(payload.error, message=f"{CANARY} " * 100)
    return evolve(payload, input_messages=(*payload.input_messages, last), error=error)


def _readable(content: bytes) -> Iterator[str]:
    """Yield what can be read in a content, and in base64 and percent escapes in it."""
    text = re.sub(r"\\+(?=[-_])", "", content.decode("latin-1"))  # so Markdown escapes them
    yield text
    yield unquote(text) if "%" in text else ""
    for blob in _BLOB.finditer(text):
        if len(blob[0]) % 4 == 0:
            yield b64decode(blob[0]).decode("latin-1")


def _read_in(held: str, payloads: Sequence[Payload]) -> list[str]:
    """Return what can be read of what was said."""
    pieces = {piece for payload in payloads for piece in _pieces(payload)}
    return [*traces(held, CANARY), *sorted(piece for piece in pieces if piece in held)]


def _pieces(payload: Payload) -> Iterator[str]:
    """Yield how the texts of a payload begin and end, unless that is said elsewhere, too."""
    kept = to_json(without_content(payload, "policy")).decode()
    for text in _texts(payload):
        yield from (piece for piece in (text[:_PIECE], text[-_PIECE:])
                    if len(piece) == _PIECE and piece not in kept)  # fmt: skip


def _texts(payload: Payload) -> Iterator[str]:
    messages: tuple[Message, ...] = (*payload.input_messages, *payload.output_messages)
    for message in messages:
        yield from (part.content for part in message.parts if isinstance(part, (Text, Reasoning)))
    if payload.error is not None:
        yield from (payload.error.message or "", payload.error.stacktrace or "")


def _envelopes(held: str) -> set[str]:
    return set(_SEALED.findall(held))


def _whole(found: str, key: Key) -> JSON:
    """Return what an envelope holds; raise `DamagedError` if it was cut or changed.

    What follows an envelope in a binary form may look like part of it.
    """
    for end in range(len(found), len(found) - _SPARE, -1):
        try:
            return open_envelope(found[:end], key)
        except DamagedError:
            continue
    raise DamagedError(f"the envelope was cut or changed: {found[:80]} ({len(found)} characters)")
