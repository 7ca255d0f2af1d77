"""What may go to a plugin: its policy, then the `redact` hooks, each on the last one's result."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import evolve

from llmlog.guard import guarded
from llmlog.hooks import Implementation
from llmlog.payload import Payload
from llmlog.redaction import without_content

if TYPE_CHECKING:
    from llmlog.route import Route


def redacted(
    payload: Payload,
    route: Route,
    content: str | None,
    hooks: Sequence[Implementation],
    made_before: dict[str, Payload] | None = None,
) -> Payload:
    """Return what may go to the route's plugin: its policy, then the `redact` hooks, folded.

    `made_before` holds what equal policies made of the same payload.
    """
    policy = route.policy.tightened(content)
    made = None if made_before is None else made_before.get(policy.digest)
    if made is None:
        made = policy.apply(payload)
        if made_before is not None:
            made_before[policy.digest] = made
    return fold(made, route.name, hooks)


def fold(payload: Payload, destination: str, hooks: Sequence[Implementation]) -> Payload:
    """Return what the `redact` hooks leave of a payload, each working on the last one's result."""
    for hook in hooks:
        payload = _folded(payload, destination, hook)
    return payload


def _folded(payload: Payload, destination: str, hook: Implementation) -> Payload:
    result = guarded(partial(_call, hook), payload, destination, otherwise=lambda problem: problem)
    if result is None:
        return payload
    if isinstance(result, Payload):
        return evolve(result, id=payload.id)
    return without_content(payload, f"redact hook of {hook.plugin_name} failed")


def _call(hook: Implementation, payload: Payload, destination: str) -> Any:
    return hook(payload=payload, destination=destination)
