"""A server that speaks AWS, and none of this machine's own AWS setup."""

from __future__ import annotations

from typing import Any

import pytest
from servers.aws import Cloud, cloud, no_aws_of_this_machine

__all__ = ["cloud", "no_aws_of_this_machine"]


@pytest.fixture
def aws(cloud: Cloud) -> Any:
    """Return boto3's client of an empty account."""
    return cloud.client("dynamodb")
