"""Building routes: the lane, the sender and the destinations that a plugin's settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from llmlog.called import Called
from llmlog.clock import Clock
from llmlog.configuration import CoreSettings
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
from llmlog.hooks import Hooks, Implementation
from llmlog.lot import drawn, kept
from llmlog.media import FolderStore, referenced, stored
from llmlog.open_trace import OpenTraceBounds, OpenTraces
from llmlog.payload import Payload
from llmlog.plugin import Active
from llmlog.redaction import Known
from llmlog.redaction.known import watch_log
from llmlog.redaction.reply import DiscreetSender
from llmlog.route import Route
from llmlog.tenant import DEFAULT


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
