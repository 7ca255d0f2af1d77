"""What may be said of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from llmlog.errors import nearest
from llmlog.payload import Attempt, Cost, Guardrail, Kind, Usage
from llmlog.secret import Secret
from llmlog.snapshot import snapshot


class CallFields(TypedDict, total=False):
    """What may be said of a call, at its start or later through `set`.

    `messages`, `input`, `tools` and `parameters` may be whatever the model's client takes.
    `plugins` adds plugins to the active ones for this call, by name or as objects; `without`
    leaves some out. `credentials` is the name of a tenant in the plugins' settings, or, where the
    settings allow it, settings by plugin: `{"langfuse": {"public_key": ..., ...}}`. `api_key` is
    the key that the call is made with: `key_hash` and `key_alias` are made of it, and it goes
    nowhere itself. `sample` is the
    share of such calls to keep, 0 to 1. `id` is a UUIDv7, as UUID or as text, where the call has
    one already; it counts at the start alone.
    """

    id: object
    kind: Kind
    name: str | None
    model: str | None
    provider: str | None
    messages: Any
    input: Any
    tools: Any
    parameters: Mapping[str, Any] | None
    stream: bool | None
    session: str | None
    user: str | None
    team: str | None
    organization: str | None
    project: str | None
    api_key: Secret | str | None
    key_alias: str | None
    key_hash: str | None
    prompt_name: str | None
    prompt_version: str | None
    tags: Sequence[str]
    metadata: Mapping[str, Any] | None
    attributes: Mapping[str, Any] | None
    server_address: str | None
    server_port: int | None
    deployment: str | None
    model_alias: str | None
    service_tier: str | None
    traceparent: str | None
    response_model: str | None
    response_id: str | None
    output: Any
    usage: Usage | None
    cost: Cost | None
    cost_saved: float | None
    cache_hit: bool | None
    cache_key: str | None
    attempts: Sequence[Attempt]
    guardrails: Sequence[Guardrail]
    rate_limit: Mapping[str, Any] | None
    queue_ns: int | None
    api_ns: int | None
    plugins: Sequence[Any]
    without: Sequence[str]
    credentials: str | Mapping[str, Mapping[str, Any]] | None
    content: Literal["full", "masked", "encrypted", "none"]
    sample: float | None


KNOWN = frozenset(CallFields.__annotations__)
MUTABLE = (
    "messages", "input", "output", "tools", "parameters", "metadata", "attributes", "tags",
    "rate_limit", "attempts", "guardrails",
)  # fmt: skip
"""What a caller may change after it was said."""
PLAIN = KNOWN - {*MUTABLE, "id", "traceparent", "api_key"} | {"messages"}
"""What most calls say: nothing is to be done about it at the start, but to copy the messages."""


def check(fields: Mapping[str, Any]) -> None:
    """Raise `TypeError` for a field that no call has, with the nearest one."""
    if not KNOWN.issuperset(fields):
        unknown = min(fields.keys() - KNOWN)
        message = f"a call has no field {unknown!r}{nearest(unknown, KNOWN)}"
        raise TypeError(message)


def keep(fields: dict[str, Any]) -> None:
    """Take copies of what a caller may change later."""
    for name in MUTABLE:
        if name in fields:
            fields[name] = snapshot(fields[name])


def discreet(fields: dict[str, Any]) -> None:
    """Put a key that was given as a text into a `Secret`."""
    if isinstance(fields.get("api_key"), str):
        fields["api_key"] = Secret(fields["api_key"])
