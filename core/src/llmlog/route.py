"""The way from the dispatcher to one plugin: filter, policy, redact hooks, lane."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, field, fields, frozen

from llmlog.clock import Clock
from llmlog.configuration import CoreSettings
from llmlog.delivery.dead_letter import DeadLetters
from llmlog.delivery.lane import Lane, LaneParts
from llmlog.delivery.ledger import Ledger
from llmlog.delivery.sender import ClientSender, HookSender, HTTPSender, Sender, warm_up
from llmlog.exporter import ClientExporter, HTTPExporter, Limits, limits_of
from llmlog.guard import guarded
from llmlog.hooks import Hooks, Implementation
from llmlog.message import Part, Text
from llmlog.payload import Payload
from llmlog.plugin import Active
from llmlog.redaction import Known, Policy, without_content
from llmlog.redaction.known import watch_log
from llmlog.redaction.reply import DiscreetSender


@frozen(kw_only=True, eq=False)
class Route:
    """One active plugin with its policy and its lane."""

    name: str
    active: Active
    policy: Policy
    lane: Lane
    open_sender: Callable[[], Sender]
    events: frozenset[str]
    sample: float = 1.0
    plugin: object = field(default=None)

    def wants(self, payload: Payload) -> bool:
        """Say whether the plugin takes this event: by its outcome, then by its trace's lot."""
        if payload.failed:
            return "failure" in self.events
        return "success" in self.events and _drawn(payload.trace_id, self.sample)

    def weighted(self, payload: Payload) -> Payload:
        """Return the payload with the weight that sampling gives it."""
        if self.sample < 1.0 and not payload.failed:
            return evolve(payload, sample_weight=1.0 / self.sample)
        return payload


def _drawn(trace_id: str, share: float) -> bool:
    """Draw by trace, so that a trace is kept or left out as a whole, everywhere alike."""
    return share >= 1.0 or int(trace_id[-14:], 16) < share * 2**56


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
    for hook in hooks:
        made = _folded(made, route.name, hook)
    return made


def _folded(payload: Payload, destination: str, hook: Implementation) -> Payload:
    result = guarded(partial(_call, hook), payload, destination, otherwise=lambda problem: problem)
    if result is None:
        return payload
    if isinstance(result, Payload):
        return evolve(result, id=payload.id)
    return without_content(payload, f"redact hook of {hook.plugin_name} failed")


def _call(hook: Implementation, payload: Payload, destination: str) -> Any:
    result = hook(payload=payload, destination=destination)
    return _completed(result) if inspect.isawaitable(result) else result


def _completed(awaitable: Any) -> Any:
    """Run an awaitable to its end, beside the loop that may be running on this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_await(awaitable))
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, _await(awaitable)).result()


async def _await(awaitable: Any) -> Any:
    return await awaitable


@frozen(kw_only=True, eq=False)
class Surroundings:
    """What the routes of one Logger share; `known` learns the credentials of their plugins."""

    core: CoreSettings
    hooks: Hooks
    clock: Clock = field(factory=Clock)
    ledger: Ledger | None = None
    known: Known = field(factory=Known)


def make_route(active: Active, around: Surroundings) -> Route:
    """Return the route to a plugin; register its hooks if it has any."""
    core, hooks, clock, known = around.core, around.hooks, around.clock, around.known
    options = active.options
    known.learn(active.settings)
    watch_log(known)
    plugin: object = None
    open_sender: Callable[[], Sender]
    if isinstance(active.plugin, (HTTPExporter, ClientExporter)):
        limits = _limits(active)
        if isinstance(active.plugin, HTTPExporter):
            warm_up()
        open_sender = partial(_open, active, limits, clock)
    else:
        plugin = hook_object(active)
        hooks.register(active.name, plugin)
        limits = Limits(events=1, bytes=None, age_s=0.0)
        open_sender = partial(HookSender, hook_finder(hooks, active.name))
    open_sender = partial(_open_discreet, open_sender, known)
    lane = Lane(LaneParts(
        exporter=active.name, destination="default", limits=limits, open_sender=open_sender,
        bounds=options.bounds, dead_letters=_dead_letters(core.directory), ledger=around.ledger,
        keep_s=core.spool_keep_s, directory=core.directory, clock=clock,
    ))  # fmt: skip
    return Route(
        name=active.name, active=active, policy=options.policy(core, known), lane=lane,
        open_sender=open_sender, events=frozenset(options.events), sample=options.sample,
        plugin=plugin,
    )  # fmt: skip


def hook_object(active: Active) -> object:
    """Return the object whose methods are the hooks: made from settings, or given as it is."""
    make = getattr(active.plugin, "make", None)
    return make(active.settings) if active.settings is not None and make else active.plugin


def _limits(active: Active) -> Limits:
    limits, options = limits_of(active.plugin, active.settings), active.options
    events = min(limits.events, options.batch_events or limits.events)
    changes: dict[str, Any] = {
        "events": events, "age_s": options.batch_age_s,
        "timeout_s": options.request_timeout_s,
    }  # fmt: skip
    return evolve(limits, **{name: value for name, value in changes.items() if value is not None})


def _open(active: Active, limits: Limits, clock: Clock) -> Sender:
    if isinstance(active.plugin, HTTPExporter):
        return HTTPSender(active.plugin, active.settings, limits, clock)
    return ClientSender(active.plugin, active.settings)


def _open_discreet(open_sender: Callable[[], Sender], known: Known) -> Sender:
    return DiscreetSender(open_sender(), known)


def hook_finder(hooks: Hooks, name: str) -> Callable[[Payload], Sequence[Implementation]]:
    """Return what finds a plugin's implementations for a payload."""
    success = hooks.implementations("log_success", name)
    failure = hooks.implementations("log_failure", name)
    return lambda payload: failure if payload.failed else success


def _dead_letters(directory: Path | None) -> DeadLetters | None:
    return DeadLetters(directory) if directory else None


def rough_size(payload: Payload) -> int:
    """Return about how many bytes a payload holds, cheaply: its texts and 1,000 for the rest."""
    size = 1_000
    for message in (*payload.input_messages, *payload.output_messages):
        for part in message.parts:
            size += len(part.content) if type(part) is Text else _part_length(part)
    for value in (payload.input_value, payload.output_value, payload.metadata,
                  payload.parameters, payload.attributes, list(payload.tools)):  # fmt: skip
        size += _length(value)
    return size


def _part_length(part: Part) -> int:
    return sum(_length(getattr(part, item.name)) for item in fields(type(part)))


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _length(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(_length(item) for item in value)
    return 8
