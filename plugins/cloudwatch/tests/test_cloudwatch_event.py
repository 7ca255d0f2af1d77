"""Events against botocore's model of the service, and its answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from botocore.exceptions import ClientError, NoCredentialsError, ParamValidationError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import Delivered, Payload, Refused, Rejected, Retryable
from llmlog.delivery.outcome import TooLarge
from llmlog.schema import from_dict
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog.testing.strategies import payloads
from llmlog_cloudwatch import Settings, exporter
from llmlog_cloudwatch.event import arguments, record
from llmlog_cloudwatch.outcome import outcomes

GOLDEN = Path(__file__).parent / "golden" / "events.json"
SETTINGS = Settings(group="calls")
SHAPE = (
    ServiceModel(Loader().load_service_model("logs", "service-2"))
    .operation_model("PutLogEvents")
    .input_shape
)


def error(code: str, message: str = "no", status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message},
                        "ResponseMetadata": {"HTTPStatusCode": status}}, "PutLogEvents")  # fmt: skip


def test_events_are_the_golden_ones() -> None:
    check_golden(GOLDEN, {name: record(sample(name)) for name in SAMPLES})


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_what_is_put_fits_the_vendors_model(payload: Payload) -> None:
    made = arguments(SETTINGS, [payload, sample()])
    report = ParamValidator().validate(made, SHAPE)
    assert not report.has_errors(), report.generate_report()
    assert from_dict(json.loads(made["logEvents"][0]["message"])) == payload


class Service:
    """Stands for boto3's client: keeps what it is given and answers what it was told."""

    def __init__(self, answer: Any = None) -> None:
        self.put: list[Any] = []
        self._answer = answer or {}

    def put_log_events(self, **made: Any) -> Any:
        self.put.append(made["logEvents"])
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def at(hours: int) -> Payload:
    made = sample("bare")
    start = made.timing.start_unix_ns + hours * 3_600 * 10**9
    timing = evolve(made.timing, start_unix_ns=start, end_unix_ns=start)
    return evolve(made, id=f"01a196fb-1600-7000-a000-{hours + 100:012x}", timing=timing)


def test_a_request_holds_one_day_in_order() -> None:
    service = Service()
    said = exporter.send(service, SETTINGS, [at(2), at(30), at(1)])
    times = [[event["timestamp"] for event in put] for put in service.put]
    assert list(map(len, times)) == [2, 1]
    assert times[0] == sorted(times[0])
    assert list(said) == [Delivered()] * 3


def test_events_that_are_too_old_or_too_new_are_told_apart() -> None:
    """The answer counts in the order sent, which is that of time."""
    info = {
        "expiredLogEventEndIndex": 1,
        "tooOldLogEventEndIndex": 2,
        "tooNewLogEventStartIndex": 4,
    }
    service = Service({"rejectedLogEventsInfo": info})
    said = exporter.send(service, SETTINGS, [at(5), at(1), at(2), at(3), at(4)])
    reasons = [each.reason[:7] if isinstance(each, Rejected) else "" for each in said]
    assert reasons == ["too new", "expired", "too old", "", ""]


def test_nothing_said_of_events_means_all_are_there() -> None:
    assert outcomes({}, 2) == [Delivered(), Delivered()]


@pytest.mark.parametrize(("problem", "kind"), [
    (error("ResourceNotFoundException"), Refused), (error("AccessDeniedException"), Refused),
    (NoCredentialsError(), Refused), (error("ThrottlingException"), Retryable),
    (error("Unknown", status=503), Retryable),
    (error("InvalidParameterException", "Log event too large: 2 bytes exceeds limit"), Rejected),
    (error("InvalidParameterException", "Upload too large: size limit"), TooLarge),
    (ParamValidationError(report="x"), Refused),
])  # fmt: skip
def test_an_error_says_what_becomes_of_the_events(problem: Any, kind: type) -> None:
    assert isinstance(exporter.send(Service(problem), SETTINGS, [sample()]), kind)
