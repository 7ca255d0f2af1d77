"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body.

Source: standard-webhooks/spec/standard-webhooks.md. The body is signed as it is before it is
compressed: receivers' libraries verify text.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from llmlog.delivery.request import Request
from llmlog.secret import Secret

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


def signed(request: Request, secrets: Secret | None, message_id: str, now_unix_s: float) -> Request:
    """Return the request with a signature for each of the secrets, which spaces separate."""
    keys = signing_keys(secrets)
    if not keys:
        return request
    timestamp = str(int(now_unix_s))
    signatures = (signature(key, message_id, timestamp, request.content) for key in keys)
    return request.with_headers({
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    })  # fmt: skip


def signature(key: bytes, message_id: str, timestamp: str, content: bytes) -> str:
    """Return `v1,` and the base64 of the HMAC; `timestamp` is in whole seconds since 1970."""
    text = b".".join((message_id.encode(), timestamp.encode(), content))
    return "v1," + base64.b64encode(hmac.digest(key, text, "sha256")).decode()


def signing_keys(secrets: Secret | None) -> tuple[bytes, ...]:
    """Return the bytes of secrets such as `whsec_...`; raise `ValueError` without showing them."""
    return tuple(map(_key, secrets.reveal().split())) if secrets else ()


def _key(secret: str) -> bytes:
    text = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        key = b""
    if len(key) not in _KEY_BYTES:
        message = "say whsec_ and the base64 of 24 to 64 bytes"
        raise ValueError(message) from None
    return key
