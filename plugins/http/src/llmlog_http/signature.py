"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body.

Source: standard-webhooks/spec/standard-webhooks.md. The body is signed as JSON, before it is
compressed: receivers' libraries verify text.
"""

from __future__ import annotations

import base64
import binascii
import hmac

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


def signature(key: bytes, message_id: str, timestamp: str, content: bytes) -> str:
    """Return `v1,` and the base64 of the HMAC; `timestamp` is in whole seconds since 1970."""
    signed = b".".join((message_id.encode(), timestamp.encode(), content))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def signing_key(secret: str) -> bytes:
    """Return the bytes of a secret such as `whsec_...`; raise `ValueError` without showing it."""
    text = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        key = b""
    if len(key) not in _KEY_BYTES:
        message = "signing_secret: say whsec_ and the base64 of 24 to 64 bytes"
        raise ValueError(message) from None
    return key
