"""A server that speaks AWS, and none of this machine's own AWS setup."""

from __future__ import annotations

from servers.aws import cloud, no_aws_of_this_machine

__all__ = ["cloud", "no_aws_of_this_machine"]
