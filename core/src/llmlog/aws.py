"""Amazon's services through boto3, for the plugins that speak to them; those declare `boto3`.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from attrs import frozen
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from llmlog.check import together
from llmlog.delivery.outcome import (
    RETRYABLE_STATUSES,
    Refused,
    Rejected,
    Retryable,
    TooLarge,
)
from llmlog.delivery.sender import Answer
from llmlog.exporter import ClientExporter, Limits
from llmlog.media import Store
from llmlog.parted import in_parts
from llmlog.payload import Payload
from llmlog.secret import Secret
from llmlog.settings import env

ERRORS = (ClientError, BotoCoreError)
"""What a client raises; `verdict` judges it."""

_TOO_LARGE = frozenset({
    "413", "BatchRequestTooLong", "EntityTooLarge", "MaxMessageLengthExceeded",
    "RequestEntityTooLarge",
})  # fmt: skip
_PASSING = frozenset({
    "BadDigest", "ConditionalRequestConflict", "IncompleteBody", "InternalFailure",
    "InternalServerError", "InvalidSequenceTokenException", "KMSThrottlingException",
    "KmsThrottled", "LimitExceededException", "OperationAborted", "OperationAbortedException",
    "OverLimit", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "RequestThrottled", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling",
    "ThrottlingException", "TooManyRequests", "TooManyRequestsException",
    "XAmzContentSHA256Mismatch",
})  # fmt: skip
"""Codes of all services in one set: no code means one thing here and another there."""


def endpoint(service: str) -> Any:
    """Declare the address of a service, under the variable that Amazon's own tools read."""
    return env(f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL", default=None,
               help="another address, such as a VPC endpoint")  # fmt: skip


@frozen(kw_only=True)
class Settings:
    """As whom. What is unset here, boto3 looks up in its own places."""

    region: str | None = env("AWS_REGION", "AWS_DEFAULT_REGION", default=None, help="AWS region")
    endpoint_url: str | None = env("AWS_ENDPOINT_URL", default=None, help="another address")
    profile: str | None = env(default=None, help="profile in the AWS files, before all else")
    access_key_id: str | None = env(default=None, help="in place of boto3's own search")
    secret_access_key: Secret | None = env(default=None, help="belongs to access_key_id")
    timeout_s: float = env(default=30.0, help="seconds to wait for an answer")

    def __attrs_post_init__(self) -> None:
        """Refuse half a credential, and an address without a scheme."""
        if self.endpoint_url and not self.endpoint_url.startswith(("http://", "https://")):
            message = f"endpoint_url {self.endpoint_url!r}: say http:// or https:// and the host"
            raise ValueError(message)
        together(self, "access_key_id", "secret_access_key")

    @property
    def credentials(self) -> Mapping[str, Any]:
        """Return what boto3's session takes, whole from one source; None leaves it to boto3."""
        secret = self.secret_access_key.reveal() if self.secret_access_key else None
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": secret,
            "profile_name": None if secret else self.profile,
            "region_name": self.region,
        }

    @property
    def config(self) -> Mapping[str, Any]:
        """Return further arguments of botocore's `Config`."""
        return {}


S = TypeVar("S", bound=Settings)


def _together(settings: Settings, payload: Payload) -> None:
    """Keep no events apart."""


@frozen(kw_only=True)
class Service:
    """A service by the name that boto3 has for it, and the plugin that speaks to it.

    `rejecting` are the codes of errors that are the events' own fault.
    """

    plugin: str
    name: str
    rejecting: frozenset[str] = frozenset()

    def exporter(
        self,
        settings: type[S],
        send: Callable[[Any, S, Sequence[Payload]], Answer | None],
        limits: Limits,
        store: Callable[[S], Store] | None = None,
        apart: Callable[[S, Payload], Hashable] = _together,
    ) -> ClientExporter[S, Any]:
        """Return the exporter; `send` may raise what the client raises, which is judged here.

        It never gets two events at once of which `apart` returns different values.
        """

        def judged(client: Any, own: S, batch: Sequence[Payload]) -> Answer | None:
            try:
                return send(client, own, batch)
            except ERRORS as problem:
                return verdict(problem, self.rejecting)

        def parted(client: Any, own: S, batch: Sequence[Payload]) -> Answer:
            return in_parts(batch, partial(apart, own), partial(judged, client, own))

        return ClientExporter(
            name=self.plugin,
            settings=settings,
            connect=self.client,
            send=parted,
            close=lambda client: client.close(),
            retryable=(BotoCoreError, OSError),  # only `connect` raises these
            limits=limits,
            store=store,
        )

    def client(self, settings: Settings) -> Any:
        """Make boto3's client; it connects and looks for credentials at its first request."""
        from boto3.session import Session
        from botocore.config import Config

        session: Any = Session(**settings.credentials)
        return session.client(self.name, endpoint_url=settings.endpoint_url, config=Config(
            connect_timeout=5,
            read_timeout=settings.timeout_s,
            retries={"total_max_attempts": 1},  # the lane tries again, and knows for how long
            user_agent_extra=f"llmlog-{self.plugin}",
            **settings.config,
        ))  # fmt: skip


def verdict(
    problem: Exception, rejecting: frozenset[str] = frozenset()
) -> Retryable | Refused | Rejected | TooLarge:
    """Say what becomes of the events; what is not known to be their fault keeps them."""
    reason = f"{type(problem).__name__}: {problem}"
    if not isinstance(problem, ClientError):
        broken = isinstance(problem, (ConnectionError, HTTPClientError))
        return Retryable(reason) if broken else Refused(reason)
    reply = problem.response.get("ResponseMetadata", {})
    found = code(problem)
    if found in _TOO_LARGE:
        return TooLarge(reason)
    if found in rejecting:
        return Rejected(reason)
    if found in _PASSING or reply.get("HTTPStatusCode") in RETRYABLE_STATUSES:
        after = reply.get("HTTPHeaders", {}).get("retry-after", "")
        return Retryable(reason, float(after) if after.isdecimal() else None)
    return Refused(reason)


def code(problem: Exception) -> str:
    """Return the code of a service's error, without the names of old before it; "" for others."""
    response = problem.response if isinstance(problem, ClientError) else {}
    return str(response.get("Error", {}).get("Code", "")).rpartition(".")[2]
