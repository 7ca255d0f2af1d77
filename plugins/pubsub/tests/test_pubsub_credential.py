"""Credentials: a service account gets a token, and what has none keeps the events."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import Answer, ScriptedEndpoint, sample

ACCEPTED = Answer(content=b'{"messageIds": ["1"]}')


def account(folder: Path, token_uri: str) -> Path:
    """Write a service account whose tokens come from `token_uri`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "account.json"
    path.write_text(json.dumps({
        "type": "service_account", "project_id": "fake", "private_key_id": "fake",
        "private_key": pem.decode(), "client_email": "llmlog@fake.example",
        "token_uri": token_uri,
    }))  # fmt: skip
    return path


def logger(url: str, path: Path) -> Logger:
    values = {
        "topic": "calls",
        "project": "fake",
        "endpoint": url,
        "credentials_file": str(path),
        "batch_age_s": 0.0,
    }
    return Logger(plugins=["pubsub"], environ={}, file=False, plugin={"pubsub": values})


def test_a_service_account_gets_a_token(tmp_path: Path) -> None:
    token = Answer(content=b'{"access_token": "fake-token", "expires_in": 3600}')
    with ScriptedEndpoint(default=token) as tokens, ScriptedEndpoint(default=ACCEPTED) as endpoint:
        with logger(endpoint.url, account(tmp_path, tokens.url)) as made:
            for name in ("chat", "failure"):
                made.log(sample(name))
                assert made.flush(30).complete
        sent = [request.headers["authorization"] for request in endpoint.requests]
        assert len(tokens.requests) == 1
    assert sent == ["Bearer fake-token"] * 2


def test_without_a_token_the_events_wait(tmp_path: Path) -> None:
    refusal = Answer(status=400, content=b'{"error": "invalid_grant"}')
    unauthorized = Answer(status=401, content=b"login required")
    with (
        ScriptedEndpoint(default=refusal) as tokens,
        ScriptedEndpoint(default=unauthorized) as endpoint,
    ):
        made = logger(endpoint.url, account(tmp_path, tokens.url))
        made.log(sample())
        stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)
        made.close(0)
        assert "authorization" not in endpoint.requests[0].headers
    assert (stats.pending, stats.lost) == (1, 0)
    assert "401" in (stats.last_error or "")
