"""Plugins of Google Cloud: a service account gets a token, and what has none keeps the events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servers.waiting import eventually

from llmlog import Logger
from llmlog.testing import Answer, ScriptedEndpoint, sample

rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")

ACCEPTED = Answer(content=b'{"messageIds": ["1"]}')
PLUGINS: dict[str, dict[str, Any]] = {
    "bigquery": {"table": "fake.audit.calls"},
    "gcs": {"bucket": "calls"},
    "pubsub": {"topic": "calls", "project": "fake"},
}
every_plugin = pytest.mark.parametrize("name", PLUGINS)


def account(folder: Path, token_uri: str) -> Path:
    """Write a service account whose tokens come from `token_uri`."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "account.json"
    path.write_text(json.dumps({
        "type": "service_account", "project_id": "fake", "private_key_id": "fake",
        "private_key": pem.decode(), "client_email": "llmlog@fake.example",
        "token_uri": token_uri,
    }))  # fmt: skip
    return path


def logger(name: str, url: str, path: Path) -> Logger:
    values = {**PLUGINS[name], "endpoint": url, "credentials_file": str(path), "batch_age_s": 0.0}
    return Logger(plugins=[name], environ={}, file=False, plugin={name: values})


@every_plugin
def test_a_service_account_gets_a_token(name: str, tmp_path: Path) -> None:
    token = Answer(content=b'{"access_token": "fake-token", "expires_in": 3600}')
    with ScriptedEndpoint(default=token) as tokens, ScriptedEndpoint(default=ACCEPTED) as endpoint:
        with logger(name, endpoint.url, account(tmp_path, tokens.url)) as made:
            for each in ("chat", "failure"):
                made.log(sample(each))
                assert made.flush(30).complete
        sent = [request.headers["authorization"] for request in endpoint.requests]
        assert len(tokens.requests) == 1
    assert sent == ["Bearer fake-token"] * 2


@every_plugin
def test_without_a_token_the_events_wait_and_the_reason_is_known(name: str, tmp_path: Path) -> None:
    refusal = Answer(status=400, content=b'{"error": "invalid_grant"}')
    with ScriptedEndpoint(default=refusal) as tokens, ScriptedEndpoint() as endpoint:
        made = logger(name, endpoint.url, account(tmp_path, tokens.url))
        made.log(sample())
        stats = eventually(lambda: made.stats()[-1], lambda each: each.last_error, seconds=30)
        made.close(0)
        assert not endpoint.requests
    assert (stats.pending, stats.lost) == (1, 0)
    assert "invalid_grant" in (stats.last_error or "")
