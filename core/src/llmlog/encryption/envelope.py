"""An envelope: a JSON value that is read with its owner's key and not without.

    llmlog:sealed:1:<id of the key>:<base64url of salt, nonce and ciphertext>

AES-256-GCM under a key derived by HKDF-SHA-256 from the owner's key and the salt (16 random bytes,
one salt for one record), with a random nonce of 12 bytes for each value. The part before the
ciphertext is authenticated. It is a text, so every backend keeps it, and whole in itself, so it
can be opened wherever it was copied to.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from attrs import field, frozen

from llmlog.encoding import dumps, loads
from llmlog.errors import LlmlogError
from llmlog.message import JSON

HEAD = "llmlog:sealed:1:"
FORM = re.compile(rf"{HEAD}([0-9a-f]{{16}}):([A-Za-z0-9_-]{{59,}})")
SEALED = "llmlog.sealed"
"""The name under which an attribute holds all attributes, and a raw part holds another part."""
KEY_BYTES = 32
_SALT, _NONCE = 16, 12
REMEDY = "pip install 'llmlog[encryption]'"


class DamagedError(LlmlogError):
    """An envelope was cut or changed."""


@frozen(eq=False)
class Key:
    """A key of 32 bytes; `id` says which one it is and nothing of what it is."""

    content: bytes = field(repr=False)
    id: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        if len(self.content) != KEY_BYTES:
            raise ValueError(f"a key is {KEY_BYTES} bytes in base64: make one by `llmlog key new`")
        object.__setattr__(self, "id", _derived(self.content, b"", b"llmlog key id")[:8].hex())


def read_key(text: str) -> Key:
    """Return the key that is written in base64 or hexadecimal; raise `ValueError` for none."""
    written = text.strip()
    if re.fullmatch(r"[0-9A-Fa-f]{64}", written):
        return Key(bytes.fromhex(written))
    try:
        content = b64decode(written.rstrip("=") + "=", b"-_" if set(written) & {"-", "_"} else None,
                            validate=True)  # fmt: skip
    except ValueError:
        content = b""
    return Key(content)


def new_key() -> str:
    """Return a new random key, as a text."""
    return urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


class Sealer:
    """Seals the values of one record under one key."""

    def __init__(self, key: Key) -> None:
        self._salt = os.urandom(_SALT)
        self._head = f"{HEAD}{key.id}:"
        self._cipher = _cipher(key, self._salt)

    def seal(self, value: JSON) -> str:
        """Return the envelope of a value."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, dumps(value), self._head.encode())
        return self._head + urlsafe_b64encode(self._salt + nonce + sealed).decode().rstrip("=")


def key_id_of(envelope: str) -> str | None:
    """Return the id of the key that opens a text; None if it is no envelope."""
    found = FORM.fullmatch(envelope)
    return found[1] if found else None


def open_envelope(envelope: str, key: Key) -> JSON:
    """Return the value in an envelope; raise `DamagedError` if it is not as it was sealed."""
    from cryptography.exceptions import InvalidTag

    found = FORM.fullmatch(envelope)
    if found is None:
        raise DamagedError("it is no envelope")
    head, text = envelope[: found.start(2)], found[2]
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        salt, rest = content[:_SALT], content[_SALT:]
        opened = _cipher(key, salt).decrypt(rest[:_NONCE], rest[_NONCE:], head.encode())
    except (InvalidTag, ValueError):
        raise DamagedError("the envelope was cut or changed") from None
    return loads(opened)


def _cipher(key: Key, salt: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived(key.content, salt, b"llmlog sealed 1"))


def _derived(content: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt or None, info=purpose).derive(
        content
    )
