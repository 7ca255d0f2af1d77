"""The record of one call: `Payload` and its parts.

Names are those of the OpenTelemetry GenAI conventions where one exists. Every time carries its
unit: `_unix_ns` is nanoseconds since 1970 (UTC), `_ns` is a duration in nanoseconds. What is not
known is `None`, never 0 or a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Literal

from attrs import field, frozen

from llmlog.encoding import Encoded
from llmlog.message import JSON, Message
from llmlog.shared import Shared

SCHEMA_VERSION = "1.0"

Kind = Literal[
    "chat", "text_completion", "embedding", "rerank", "image", "speech", "transcription",
    "moderation", "batch", "realtime", "tool", "retrieval", "agent", "chain", "guardrail",
    "alert",
]  # fmt: skip
Status = Literal["success", "failure", "aborted", "blocked"]
Origin = Literal["provider", "estimated"]


@frozen(kw_only=True)
class Usage:
    """Tokens in disjoint buckets: no token is in two of them, and their sum is the total.

    `input_tokens` are those neither cached nor audio nor image; `output_tokens` those neither
    reasoning nor audio nor image. `origin` says who counted; `raw` is the provider's own object.
    """

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    input_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    output_audio_tokens: int | None = None
    output_image_tokens: int | None = None
    origin: Origin | None = None
    raw: Mapping[str, JSON] | None = None

    @property
    def total_input_tokens(self) -> int | None:
        """Return all tokens that went in, cached ones included; None if none is known."""
        return _sum(
            self.input_tokens, self.cache_read_tokens, self.cache_write_tokens,
            self.input_audio_tokens, self.input_image_tokens,
        )  # fmt: skip

    @property
    def total_output_tokens(self) -> int | None:
        """Return all tokens that came out, reasoning included; None if none is known."""
        return _sum(
            self.output_tokens, self.reasoning_tokens,
            self.output_audio_tokens, self.output_image_tokens,
        )  # fmt: skip

    @property
    def total_tokens(self) -> int | None:
        """Return input and output together; None if neither is known."""
        return _sum(self.total_input_tokens, self.total_output_tokens)


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


@frozen(kw_only=True)
class Cost:
    """Money, in `currency`. `total` is None when the price is unknown, and `reason` says why.

    `source` is `settings`, `provider` or the name of the price library, `version` its version,
    `model` the entry of its table that was used.
    """

    total: float | None = None
    input: float | None = None
    output: float | None = None
    currency: str = "USD"
    source: str | None = None
    version: str | None = None
    model: str | None = None
    reason: str | None = None


@frozen(kw_only=True)
class Timing:
    """When the call ran. `end_unix_ns` is the start plus a monotonic duration.

    `time_to_first_token_ns` is absent if nothing was streamed. `queue_ns` is time spent waiting
    before the request was sent, `api_ns` the provider's own or the client's measured share.
    """

    start_unix_ns: int
    end_unix_ns: int
    time_to_first_token_ns: int | None = None
    queue_ns: int | None = None
    api_ns: int | None = None

    @property
    def duration_ns(self) -> int:
        """Return the whole duration in nanoseconds."""
        return self.end_unix_ns - self.start_unix_ns

    @property
    def duration_ms(self) -> float:
        """Return the whole duration in milliseconds."""
        return self.duration_ns / 1e6

    @property
    def duration_s(self) -> float:
        """Return the whole duration in seconds."""
        return self.duration_ns / 1e9

    @property
    def first_token_s(self) -> float | None:
        """Return the time to the first token in seconds, None if nothing was streamed."""
        first_ns = self.time_to_first_token_ns
        return None if first_ns is None else first_ns / 1e9

    @property
    def first_token_ms(self) -> float | None:
        """Return the time to the first token in milliseconds, None if nothing was streamed."""
        first_ns = self.time_to_first_token_ns
        return None if first_ns is None else first_ns / 1e6

    @property
    def first_token_unix_ns(self) -> int | None:
        """Return when the first token came, None if nothing was streamed."""
        first_ns = self.time_to_first_token_ns
        return None if first_ns is None else self.start_unix_ns + first_ns


@frozen(kw_only=True)
class ChunkTiming:
    """The rhythm of a stream: gaps between chunks, in nanoseconds. A stall is a gap over 1 s."""

    count: int
    gap_p50_ns: int | None = None
    gap_p95_ns: int | None = None
    gap_max_ns: int | None = None
    stalls: int = 0


@frozen(kw_only=True)
class Error:
    """Why a call failed, in the provider's words where it spoke.

    `type` is the exception's class name, `code` the provider's own code, `request_id` the
    provider's id of the request.
    """

    type: str
    message: str
    status_code: int | None = None
    code: str | None = None
    request_id: str | None = None
    retryable: bool | None = None
    stacktrace: str | None = None

    @property
    def words(self) -> str:
        """Return type and message in one line, such as `RateLimitError: too many requests`."""
        return f"{self.type}: {self.message}"


@frozen(kw_only=True)
class Attempt:
    """One try within a call. The last one decides the call's status."""

    number: int
    reason: Literal["first", "retry", "fallback"] = "first"
    status: Status = "success"
    provider_name: str | None = None
    model: str | None = None
    server_address: str | None = None
    start_unix_ns: int | None = None
    end_unix_ns: int | None = None
    error: Error | None = None


@frozen(kw_only=True)
class Guardrail:
    """What one check said of the call. `duration_ns` is its own time."""

    name: str
    verdict: Literal["passed", "edited", "blocked", "error"]
    provider: str | None = None
    reason: str | None = None
    duration_ns: int | None = None


@frozen(kw_only=True)
class Change:
    """What llmlog changed in the record on its way: hidden, cut or replaced, and by which rule.

    `path` names the field; `count` says how often the rule fired there; `original_size` is in
    characters, of what was cut; `policy` is a hash of the policy that was in force.
    """

    path: str
    action: Literal["hidden", "masked", "cut", "replaced"]
    rule: str
    count: int = 1
    original_size: int | None = None
    policy: str | None = None


def _messages(values: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(values)


def _attempts(values: Iterable[Attempt]) -> tuple[Attempt, ...]:
    return tuple(values)


def _guardrails(values: Iterable[Guardrail]) -> tuple[Guardrail, ...]:
    return tuple(values)


def _changes(values: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(values)


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _values(values: Iterable[JSON]) -> tuple[JSON, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Payload(Shared):
    """One finished call.

    `id` is a UUIDv7 and unique; `trace_id` has 32 and `span_id` 16 hexadecimal digits.
    `ancestor_ids` are the ids of the records that this one is under, outermost first, as far as
    llmlog made them: backends that name a parent by its record's id need them.
    `input_messages` and `output_messages` hold conversations; `input_value` and `output_value`
    what is no conversation (texts to embed, arguments and result of a tool, retrieved documents).
    `server_address` is the host of the API, without credentials. `key_hash` and `key_alias` stand
    for the API key, which is never here. `attributes` are facts of gateways and bridges beyond
    these fields; `metadata` is the user's own.
    """

    schema_version: str = SCHEMA_VERSION
    id: str
    kind: Kind
    status: Status
    timing: Timing
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    ancestor_ids: tuple[str, ...] = field(default=(), converter=_texts)
    name: str | None = None

    provider_name: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    server_address: str | None = None
    server_port: int | None = None
    deployment_id: str | None = None
    model_alias: str | None = None
    service_tier: str | None = None

    stream: bool | None = None
    parameters: Mapping[str, JSON] = field(factory=dict)
    tools: tuple[JSON, ...] = field(default=(), converter=_values)
    input_messages: tuple[Message, ...] = field(default=(), converter=_messages)
    output_messages: tuple[Message, ...] = field(default=(), converter=_messages)
    input_value: JSON = None
    output_value: JSON = None

    usage: Usage | None = None
    cost: Cost | None = None
    chunks: ChunkTiming | None = None
    error: Error | None = None
    attempts: tuple[Attempt, ...] = field(default=(), converter=_attempts)
    guardrails: tuple[Guardrail, ...] = field(default=(), converter=_guardrails)
    cache_hit: bool | None = None
    cache_key: str | None = None
    cost_saved: float | None = None
    rate_limit: Mapping[str, JSON] = field(factory=dict)

    session_id: str | None = None
    user_id: str | None = None
    team_id: str | None = None
    organization_id: str | None = None
    project_id: str | None = None
    key_alias: str | None = None
    key_hash: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    tags: tuple[str, ...] = field(default=(), converter=_texts)
    metadata: Mapping[str, JSON] = field(factory=dict)
    attributes: Mapping[str, JSON] = field(factory=dict)

    environment: str | None = None
    service_name: str | None = None
    release: str | None = None
    host_name: str | None = None
    sdk_version: str | None = None
    sample_weight: float | None = None
    changes: tuple[Change, ...] = field(default=(), converter=_changes)

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        """Return why the model stopped, one reason per output message that has one."""
        return tuple(message.finish_reason for message in self.output_messages
                     if message.finish_reason)  # fmt: skip

    @property
    def model(self) -> str | None:
        """Return the model that answered, else the one that was asked for."""
        return self.response_model or self.request_model

    @property
    def tokens(self) -> Usage:
        """Return what was used; a `Usage` that knows nothing where that is unknown."""
        return self.usage or Usage()

    @property
    def failed(self) -> bool:
        """Say whether the call ended in anything but success."""
        return self.status != "success"

    def __llmlog_encoded__(self) -> Encoded:
        """Return the whole record as JSON, so that a payload can stand in what is encoded."""
        return _encode()(self)


@cache
def _encode() -> Callable[[Payload], Encoded]:
    """Return what makes JSON of a payload, from a module that needs this one."""
    from llmlog.schema import encoded

    return encoded
