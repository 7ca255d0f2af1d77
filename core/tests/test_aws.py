"""What an error of Amazon's services means for the events."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("boto3", reason="plugins that need it declare it")

from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
)

from llmlog import Refused, Rejected, Retryable, aws
from llmlog.delivery.outcome import TooLarge


def error(code: str, status: int = 400, **headers: str) -> ClientError:
    reply: Any = {"Error": {"Code": code, "Message": "because"},
                  "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers}}  # fmt: skip
    return ClientError(reply, "PutRecords")


@pytest.mark.parametrize(("problem", "kind"), [
    (error("ThrottlingException"), Retryable),
    (error("KMS.ThrottlingException"), Retryable),
    (error("Unknown", status=503), Retryable),
    (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), Retryable),
    (error("RequestEntityTooLarge"), TooLarge),
    (error("ValidationException"), Rejected),
    (error("AccessDeniedException"), Refused),
    (error("AWS.SimpleQueueService.NonExistentQueue"), Refused),
    (NoCredentialsError(), Refused),
])  # fmt: skip
def test_an_error_says_what_becomes_of_the_events(problem: Exception, kind: type) -> None:
    assert type(aws.verdict(problem, frozenset({"ValidationException"}))) is kind


def test_only_a_plugin_says_which_events_are_at_fault() -> None:
    assert isinstance(aws.verdict(error("ValidationException")), Refused)


def test_the_wait_that_is_asked_for_is_known() -> None:
    found = aws.verdict(error("SlowDown", 503, **{"retry-after": "7"}))
    assert found == Retryable(found.reason, 7.0)


def test_names_of_old_before_a_code_do_not_count() -> None:
    assert aws.code(error("AWS.SimpleQueueService.NonExistentQueue")) == "NonExistentQueue"
    assert aws.code(NoCredentialsError()) == ""


def test_a_client_that_heard_nothing_has_no_code() -> None:
    assert aws.code(HTTPClientError(error="cut")) == ""


@pytest.mark.parametrize(("values", "remedy"), [
    ({"access_key_id": "AKIAFAKE"}, "set both or neither"),
    ({"endpoint_url": "localhost:9000"}, "say http://"),
])  # fmt: skip
def test_settings_that_cannot_work_are_refused(values: dict[str, str], remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        aws.Settings(**values)
