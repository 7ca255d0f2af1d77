"""The way from the dispatcher to one plugin: filter, policy, redact hooks, lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, field, fields, frozen

from llmlog.called import Called
from llmlog.clock import Clock
from llmlog.configuration import CoreSettings, PluginOptions
from llmlog.delivery.client_sender import ClientSender
from llmlog.delivery.dead_letter import DeadLetters
from llmlog.delivery.door import Corridor, Door
from llmlog.delivery.gate import Gate
from llmlog.delivery.hook_sender import HookSender
from llmlog.delivery.http_client import warm_up
from llmlog.delivery.http_sender import HTTPSender
from llmlog.delivery.lane import Lane
from llmlog.delivery.lane_parts import LaneParts
from llmlog.delivery.ledger import Ledger
from llmlog.delivery.sender import Sender
from llmlog.delivery.stats import LaneStats
from llmlog.deposit import Deposit, Deposits, DepositSender
from llmlog.exporter import (
    ClientExporter,
    HTTPExporter,
    Limits,
    Takes,
    concurrency,
    limits_of,
)
from llmlog.guard import guarded
from llmlog.habit import prepare
from llmlog.hooks import Hooks, Implementation
from llmlog.media import FolderStore, referenced, stored
from llmlog.message import Part, Text
from llmlog.open_trace import OpenTraceBounds, OpenTraces
from llmlog.payload import Payload
from llmlog.plugin import Active
from llmlog.redaction import Known, Policy, without_content
from llmlog.redaction.known import watch_log
from llmlog.redaction.reply import DiscreetSender
from llmlog.tenant import DEFAULT


@frozen(kw_only=True, eq=False)
class Route:
    """One active plugin with its policy and its lane."""

    name: str
    active: Active
    policy: Policy
    lane: Lane | Door
    open_sender: Callable[[], Sender]
    events: frozenset[str]
    takes: Takes = "calls"
    sample: float = 1.0
    traces: OpenTraces | None = None
    plugin: object = field(default=None)
    media: Callable[[Payload], Payload] | None = None
    tenants: Mapping[str, Route] = field(factory=dict, repr=False)
    called: Called | None = None

    def toward(self, credentials: object) -> Route | None:
        """Return the way to a call's own destination; None if it may not go anywhere.

        A plugin without tenants is the same place for all of them.
        """
        if isinstance(credentials, Mapping):
            values = credentials.get(self.name)
            if values is None:
                return self
            return self.called.route(values) if self.called else None
        if credentials is None or not self.tenants:
            return self
        return self.tenants.get(credentials) if isinstance(credentials, str) else None

    def every(self) -> tuple[Route, ...]:
        """Return the ways to all destinations of the plugin, its own one first."""
        called = self.called.routes() if self.called else ()
        return (self, *self.tenants.values(), *called)

    def wants(self, payload: Payload) -> bool:
        """Say whether the plugin takes this event: its kind, its outcome, its trace's lot."""
        if self.takes != "both" and (self.takes == "alerts") != (payload.kind == "alert"):
            return False
        if payload.failed:
            return "failure" in self.events
        return "success" in self.events and (
            self.traces is not None
            or drawn(payload.trace_id, self.sample)
            or kept(self.active.options, payload)
        )

    def prepare(self, payload: Payload) -> None:
        """Make of a payload what the plugin will ask for, unless that would have to wait long."""
        exporter = self.active.plugin
        if isinstance(exporter, (HTTPExporter, ClientExporter)) and self.lane.keeps_up:
            prepare(payload, exporter)

    def weighted(self, payload: Payload, certain: bool | None = None) -> Payload:  # noqa: FBT001
        """Return the payload with media as the plugin wants them, and the weight of sampling.

        `certain` says that it had to be sent, whatever the lot said; None looks at the payload.
        """
        if self.media is not None:
            payload = self.media(payload)
        if certain is None:
            certain = kept(self.active.options, payload)
        if self.sample >= 1.0 or certain:
            return payload
        weight = max(1.0 / self.sample, payload.sample_weight or 1.0)
        return evolve(payload, sample_weight=weight)


def kept(options: PluginOptions, payload: Payload) -> bool:
    """Say whether a payload is sent whatever the lot says: a failed, slow or dear one."""
    slow, dear, cost = options.keep_slower_s, options.keep_dearer, payload.cost
    return (
        payload.failed
        or (slow is not None and payload.timing.duration_ns > slow * 1e9)
        or (dear is not None and cost is not None and (cost.total or 0.0) > dear)
    )


def drawn(trace_id: str, share: float) -> bool:
    """Draw by trace, so that a trace is kept or left out as a whole, everywhere alike."""
    return share >= 1.0 or int(trace_id[-14:], 16) < share * 2**56


def _traces(active: Active, clock: Clock) -> OpenTraces | None:
    """Return what holds the calls of open traces; None where each call is decided by itself."""
    options = active.options
    if not options.sample_traces or options.sample >= 1.0:
        return None
    bounds = OpenTraceBounds(
        wait_s=options.trace_wait_s, events=options.trace_events, bytes=options.queue_bytes
    )
    draws = partial(drawn, share=options.sample)
    return OpenTraces(partial(kept, options), draws, bounds, clock)


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


@frozen(kw_only=True, eq=False)
class Surroundings:
    """What the routes of one Logger share; `known` learns the credentials of their plugins."""

    core: CoreSettings
    hooks: Hooks
    clock: Clock = field(factory=Clock)
    ledger: Ledger | None = None
    known: Known = field(factory=Known)
    deposits: Deposits | None = None


def make_route(active: Active, around: Surroundings) -> Route:
    """Return the route to a plugin; register its hooks if it has any."""
    options, known = active.options, around.known
    known.learn((active.settings, *(each.settings for each in active.tenants.values())))
    watch_log(known)
    plugin: object = None
    open_sender: Callable[[], Sender]
    if isinstance(active.plugin, (HTTPExporter, ClientExporter)):
        parts = exporter_parts(active, around, DEFAULT)
    else:
        plugin = hook_object(active)
        around.hooks.register(active.name, plugin)
        open_sender = partial(HookSender, hook_finder(around.hooks, active.name))
        parts = _parts(active, around, Limits(events=1, bytes=None, age_s=0.0), open_sender)
    events = frozenset(options.events) if plugin is None or _takes_records(around, active) else ()
    route = Route(
        name=active.name, active=active, policy=options.policy(around.core, known),
        lane=Lane(parts), open_sender=parts.open_sender, events=frozenset(events),
        takes=_takes(active), sample=options.sample, traces=_traces(active, around.clock),
        plugin=plugin,
        media=_media(options.media, around.core.media_store),
    )  # fmt: skip
    return route if plugin else _with_destinations(route, around)


def _takes_records(around: Surroundings, active: Active) -> bool:
    """Say whether hooks take records, and are not redactors or guardrails alone."""
    return any(around.hooks.implementations(hook, active.name)
               for hook in ("log_success", "log_failure"))  # fmt: skip


def _media(wish: str, folder: Path | None) -> Callable[[Payload], Payload] | None:
    """Return what is done with media at once; None leaves them where they are for now."""
    if wish == "store" and folder is not None:
        return partial(stored, store=FolderStore(folder))
    return referenced if wish in ("hash", "store") else None


def _with_destinations(route: Route, around: Surroundings) -> Route:
    """Return the route with those to its tenants, and to what calls may bring."""
    active = route.active
    corridor = Corridor(active.options.tenant_lanes, around.clock)

    def way(name: str, active: Active, gate: Gate | None = None) -> Route:
        around.known.learn(active.settings)
        parts = partial(exporter_parts, active, around, name, gate)
        return evolve(route, active=active, lane=Door(
            parts, LaneStats(exporter=active.name, destination=name), corridor))  # fmt: skip

    tenants = {name: way(name, each) for name, each in active.tenants.items()}
    gate = Gate(hosts=active.options.call_hosts)
    called = Called(active, around.core.pseudonym_key, partial(way, gate=gate))
    return evolve(route, tenants=tenants, called=called)


def exporter_parts(
    active: Active, around: Surroundings, destination: str, gate: Gate | None = None
) -> LaneParts:
    """Return what the lane of an exporter's destination is made of."""
    limits = _limits(active)
    if isinstance(active.plugin, HTTPExporter):
        warm_up()
    open_sender = partial(_open, active, limits, around.clock, gate)
    return _parts(active, around, limits, open_sender, destination)


def _parts(
    active: Active, around: Surroundings, limits: Limits, open_sender: Callable[[], Sender],
    destination: str = DEFAULT,
) -> LaneParts:  # fmt: skip
    core = around.core
    stores = around.deposits
    deposit = stores.wanted(active.options.media) if stores else None
    return LaneParts(
        exporter=active.name, destination=destination, limits=limits,
        open_sender=partial(_open_discreet, open_sender, around.known, deposit),
        bounds=active.options.bounds, dead_letters=_dead_letters(core.directory),
        ledger=around.ledger, keep_s=core.spool_keep_s, directory=core.directory,
        concurrency=_concurrency(active, limits), clock=around.clock,
    )  # fmt: skip


def _concurrency(active: Active, limits: Limits) -> int:
    if not isinstance(active.plugin, (HTTPExporter, ClientExporter)):
        return 1
    return concurrency(active.plugin, limits, active.options.concurrency, _takes(active))


def _takes(active: Active) -> Takes:
    declared: Takes = getattr(active.plugin, "takes", "calls")
    return active.options.takes or declared


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


def _open(active: Active, limits: Limits, clock: Clock, gate: Gate | None) -> Sender:
    if isinstance(active.plugin, HTTPExporter):
        return HTTPSender(active.plugin, active.settings, limits, clock, gate)
    return ClientSender(active.plugin, active.settings, limits.event_bytes)


def _open_discreet(
    open_sender: Callable[[], Sender], known: Known, deposit: Deposit | None
) -> Sender:
    sender = open_sender()
    return DiscreetSender(DepositSender(sender, deposit) if deposit else sender, known)


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
    for messages in (payload.input_messages, payload.output_messages):
        size += 64 * len(messages)
        for message in messages:
            for part in message.parts:
                size += len(part.content) if type(part) is Text else _part_length(part)
    for value in (payload.input_value, payload.output_value, payload.metadata,
                  payload.parameters, payload.attributes, payload.tools):  # fmt: skip
        if value:
            size += _length(value)
    return size


def _part_length(part: Part) -> int:
    return sum(_length(getattr(part, item.name)) for item in fields(type(part)))


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _length(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return sum(_length(item) for item in value)
    return 8
