"""Amazon's services, by moto, for the plugins that reach them through boto3.

A `conftest.py` of such a plugin imports the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from boto3.session import Session

from servers import moto
from servers.process import Server

REGION = "eu-west-1"
KEYS = {"region": REGION, "access_key_id": "AKIAFAKE", "secret_access_key": "fake-secret-key"}
"""Settings of a plugin that nobody asks for a permission."""


@frozen
class Cloud:
    """All services of one account, without and with authorization."""

    url: str

    def client(self, service: str) -> Any:
        """Return boto3's client of a service, as the owner."""
        session: Any = Session("AKIAFAKEOWNER", "fake-owner-secret", region_name=REGION)
        return session.client(service, endpoint_url=self.url)

    def user(self, name: str, policy: str | None) -> tuple[str, str]:
        """Make an IAM user and return its key pair."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if policy:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def authorize(self, *, strictly: bool) -> None:
        """Check signatures and policies from now on, or no longer."""
        free = "0" if strictly else "inf"
        httpx.post(f"{self.url}/moto-api/reset-auth", content=free).raise_for_status()


@pytest.fixture(autouse=True)
def no_aws_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide credentials, profiles and the metadata service."""
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def cloud(moto_server: Server) -> Iterator[Cloud]:
    """Return an account with nothing in it."""
    moto.reset(moto_server)
    cloud = Cloud(moto_server.url)
    yield cloud
    cloud.authorize(strictly=False)
