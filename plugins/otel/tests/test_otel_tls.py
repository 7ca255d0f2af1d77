"""Certificates over HTTP, with a real handshake on loopback."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from llmlog import Logger
from llmlog.testing import ScriptedEndpoint, sample
from llmlog.testing.contract import lane_stats


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Return an authority whose certificate, and one that it gave a client, lie in `tmp_path`."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = made.issue_cert("client@example.com")
    client.private_key_pem.write_to_path(tmp_path / "key.pem")
    client.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    return made


def served(authority: trustme.CA, *, ask: bool = False) -> ssl.SSLContext:
    """Return the context of a server that may ask its clients for a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED if ask else ssl.CERT_NONE
    return context


def delivered(url: str, **variables: str) -> bool:
    """Say whether a record arrives with these variables; nothing is lost if it does not."""
    environ = {f"OTEL_EXPORTER_OTLP_{name}": value for name, value in variables.items()}
    with Logger(plugins=["otel"], environ={"OTEL_EXPORTER_OTLP_ENDPOINT": url, **environ},
                file=False, exit_timeout_s=0) as logger:  # fmt: skip
        logger.log(sample())
        arrived = logger.flush(1.5).complete
        assert lane_stats(logger).lost == 0
    return arrived


def test_an_authority_of_ones_own_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    with ScriptedEndpoint(tls=served(authority)) as endpoint:
        assert delivered(endpoint.url, CERTIFICATE=str(tmp_path / "ca.pem"))
        assert len(endpoint.requests) == 1


def test_a_stranger_is_not(authority: trustme.CA) -> None:
    with ScriptedEndpoint(tls=served(authority)) as endpoint:
        assert not delivered(endpoint.url)
        assert endpoint.requests == []


def test_a_server_that_asks_is_shown_a_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    with ScriptedEndpoint(tls=served(authority, ask=True)) as endpoint:
        trusted = {"CERTIFICATE": str(tmp_path / "ca.pem")}
        own = {"CLIENT_CERTIFICATE": str(tmp_path / "cert.pem"),
               "CLIENT_KEY": str(tmp_path / "key.pem")}  # fmt: skip
        assert not delivered(endpoint.url, **trusted)
        assert delivered(endpoint.url, **trusted, **own)
