"""What a response says of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from llmlog.message import JSON, Message
from llmlog.payload import Usage


def _messages(values: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Reading:
    """The facts of one response. `cost_total` is the provider's own figure, in USD.

    `attributes` are facts that a payload has no field for, under their conventional names.
    """

    output_messages: tuple[Message, ...] = field(default=(), converter=_messages)
    output_value: JSON = None
    response_model: str | None = None
    response_id: str | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    cost_total: float | None = None
    attributes: Mapping[str, JSON] = field(factory=dict)
