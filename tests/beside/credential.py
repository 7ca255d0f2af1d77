"""A service account's key file, made anew for each run."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def service_account() -> str:
    """Return a key file for an account that nobody has."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps({
        "type": "service_account", "project_id": "fake-project", "private_key_id": "fake",
        "private_key": pem, "client_email": "fake@fake-project.iam.gserviceaccount.com",
        "client_id": "1", "token_uri": "https://oauth2.googleapis.com/token",
    })  # fmt: skip
