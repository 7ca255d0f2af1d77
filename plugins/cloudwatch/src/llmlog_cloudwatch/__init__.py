"""Send LLM calls to Amazon CloudWatch Logs: one log event per call.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llmlog import Limits, Outcome, Payload, Rejected, aws
from llmlog.delivery.outcome import TooLarge, Verdict
from llmlog_cloudwatch.event import arguments, day
from llmlog_cloudwatch.outcome import outcomes
from llmlog_cloudwatch.settings import Settings

__all__ = ["Settings", "exporter", "send"]


def send(client: Any, settings: Settings, batch: Sequence[Payload]) -> Sequence[Outcome] | Verdict:
    """Put the calls of one day, in the order of their time."""
    numbers = sorted(range(len(batch)), key=lambda number: batch[number].timing.start_unix_ns)
    try:
        reply = _put(client, settings, [batch[number] for number in numbers])
    except aws.ERRORS as problem:
        if aws.code(problem) != "InvalidParameterException":
            raise
        large = "size" in str(problem).lower()
        return TooLarge(str(problem)) if large else Rejected(str(problem))
    found = dict(zip(numbers, outcomes(reply, len(batch)), strict=True))
    return [found[number] for number in range(len(batch))]


def _put(client: Any, settings: Settings, batch: Sequence[Payload]) -> Any:
    """Put events; make the group and the stream first where they are missing and may be made."""
    try:
        return client.put_log_events(**arguments(settings, batch))
    except aws.ERRORS as problem:
        if not (settings.create and aws.code(problem) == "ResourceNotFoundException"):
            raise
    for make, more in ((client.create_log_group, {}),
                       (client.create_log_stream, {"logStreamName": settings.stream})):  # fmt: skip
        try:
            make(logGroupName=settings.group, **more)
        except client.exceptions.ResourceAlreadyExistsException:
            continue
    return client.put_log_events(**arguments(settings, batch))


service = aws.Service(plugin="cloudwatch", name="logs")
exporter = service.exporter(
    Settings, send, Limits(events=2_000, bytes=900_000, age_s=2.0),
    apart=lambda _, payload: day(payload),
)  # fmt: skip
