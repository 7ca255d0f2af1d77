"""The Logger: puts the parts together, owns their start and their stop."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen

from llmlog import __version__
from llmlog.auditor import open_auditor
from llmlog.children import end_with_child
from llmlog.clock import Clock
from llmlog.completion import Facts, complete
from llmlog.configuration import CoreSettings
from llmlog.cost import Prices
from llmlog.delivery.ledger import Ledger, Whereabouts
from llmlog.delivery.queue import Event
from llmlog.delivery.stats import LaneStats
from llmlog.dispatcher import Dispatcher, IntakeBounds
from llmlog.errors import Blocked, LlmlogError, SettingsError
from llmlog.fields import CallFields
from llmlog.filling import filled
from llmlog.guard import describe, guarded
from llmlog.guardrail import Visit
from llmlog.handle import Call
from llmlog.holding import Holding
from llmlog.hooks import Hooks, Implementation
from llmlog.leaving import at_exit, go_first
from llmlog.patience import patient
from llmlog.payload import Payload
from llmlog.plugin import activate, free_name, name_of, resolve
from llmlog.redaction import Known
from llmlog.route import Route, Surroundings, make_route, redacted, rough_size
from llmlog.schema import to_json
from llmlog.setup import look
from llmlog.spooling import Deliveries, open_spooling
from llmlog.tenant import DEFAULT
from llmlog.weight import weight
from llmlog.wrapping import instrument, wrap

if TYPE_CHECKING:
    from typing_extensions import Unpack

log = logging.getLogger("llmlog")
C = TypeVar("C")
Finished = Call | Payload | Callable[[], Payload]


@frozen(kw_only=True)
class FlushReport:
    """What is not delivered yet, by exporter; empty when everything is."""

    pending: Mapping[str, int] = field(factory=dict)

    @property
    def complete(self) -> bool:
        """Say whether nothing is pending."""
        return not self.pending


class Logger:
    """Records calls and brings the records to every active plugin.

    `plugins` are names of installed plugins, or objects with `@llmlog.hookimpl` methods; None
    means those whose required variables are set. Other keywords are settings of llmlog
    (`service=`, `environment=`, ...); `plugin={"langfuse": {...}}` holds settings of plugins.
    `environ` stands in for the process's environment, `file` for the settings file; `file=False`
    reads none. With `strict`, wrong settings raise `SettingsError`; without, they are logged and
    the plugins that are right work.
    """

    def __init__(
        self,
        *,
        plugins: Sequence[object] | None = None,
        environ: Mapping[str, str] | None = None,
        file: Path | bool = True,
        strict: bool = True,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self.setup = look(plugins, settings, environ, file)
        self.settings = self.setup.settings
        self.clock = clock or Clock()
        self._facts = _facts(self.settings)
        self._hooks = Hooks()
        self._known = Known()
        self._lock = threading.RLock()
        self._extra: dict[object, Route | None] = {}
        self.routes: tuple[Route, ...] = ()
        self.problems = [*self.setup.problems]
        self._open()
        if self.problems and strict:
            self._close_plugins()
            if self._spooling is not None:
                self._spooling.close()
            raise SettingsError(self.problems)
        self._say_problems()
        self._closed = False
        _live.add(self)
        go_first()
        end_with_child(_close_all)

    def _say_problems(self) -> None:
        for problem in self.problems:
            log.warning("%s", problem)

    def _open(self) -> None:
        self.holding = Holding(self.clock)
        self._known.learn(self.settings)
        bounds = IntakeBounds(
            events=self.settings.intake, bytes=self.settings.intake_bytes, weigh=_weigh
        )
        self._dispatcher = Dispatcher(self._dispatch, bounds)
        self._ledger = Ledger(self.clock, keep=self.settings.mode != "memory")
        self._spooling = open_spooling(self, self._ledger)
        self._auditor = open_auditor(self.settings, self.clock, self._known)
        self._eager = self._spooling is not None and self._spooling.eager
        self.routes = tuple(filter(None, map(self._route, self.setup.choice.active)))
        self._pre_call = self._hooks.implementations("pre_call")
        self._redact = self._redactors()
        for route in self.routes:
            bind = getattr(route.plugin, "bind", None)
            if bind is not None:
                guarded(bind, self, otherwise=self._problem)
        if self._spooling is not None:
            self._spooling.start()

    def _route(self, active: Any) -> Route | None:
        try:
            return make_route(active, self._surroundings())
        except LlmlogError as problem:
            self.problems.append(str(problem))
        except Exception as problem:  # noqa: BLE001  # a plugin's `make` is foreign code
            self.problems.append(f"{active.name}: cannot start: {describe(problem)}")
        return None

    def _surroundings(self) -> Surroundings:
        return Surroundings(core=self.settings, hooks=self._hooks, clock=self.clock,
                            ledger=self._ledger, known=self._known)  # fmt: skip

    # Calls.

    def call(self, **fields: Unpack[CallFields]) -> Call:
        """Return a call to be used as `with`, `async with` or decorator."""
        return Call(self, fields)

    def start_call(self, **fields: Unpack[CallFields]) -> Call:
        """Return a call that has begun; end it with `finish`, `fail` or `stream`."""
        return Call(self, fields).start()

    def wrap(self, client: C) -> C:
        """Make every call of a model's client a record; the same client comes back."""
        return wrap(client, self)

    def instrument(self, *names: str) -> None:
        """Make every call of these libraries' clients a record; without names, of all there are."""
        instrument(names, lambda: self)

    def log(self, payload: Payload | Callable[[], Payload]) -> None:
        """Send a finished payload through the same gates.

        One without `sdk_version` gets this Logger's facts, and a cost where its usage is known. A
        function that makes the payload is called on llmlog's own thread.
        """
        self._submit(payload)

    def submit(self, call: Call) -> None:
        """Take a finished call. Raises nothing but `AuditError`, where settings ask for that."""
        self._submit(call)

    def _submit(self, item: Finished) -> None:
        if self._eager:
            self._take_now(item)
        else:
            self._dispatcher.put(item)
        if self._auditor is not None:
            content = item.fields.get("content") if isinstance(item, Call) else None
            self._auditor.take(partial(self._made, item), content, self._redact)

    def _take_now(self, item: Finished) -> None:
        """Bring a call to disk on the caller's thread, then hand it on."""
        deliveries = None
        if self._spooling is not None and self._dispatcher.admits():
            deliveries = guarded(self._deliveries, item, otherwise=lambda _: None)
            self._spooling.write()
        self._dispatcher.put(item if deliveries is None else deliveries)

    # The hooks before a call.

    def before(self, call: Call) -> None:
        """Run the `pre_call` hooks; raise `Blocked` when one stops the call."""
        for hook in self._pre_call:
            visit = Visit(hook, call)
            self._judge(visit, visit.run())

    async def before_async(self, call: Call) -> None:
        """Run the `pre_call` hooks, awaiting those that are `async def`."""
        for hook in self._pre_call:
            visit = Visit(hook, call)
            self._judge(visit, await visit.run_async())

    def _judge(self, visit: Visit, problem: BaseException | None) -> None:
        call, hook = visit.call, visit.hook
        call.set(guardrails=(*call.fields.get("guardrails", ()), visit.verdict(problem)))
        if problem is None:
            return
        if isinstance(problem, Blocked):
            call.fail(problem)
            raise problem
        self._problem(problem)
        if getattr(hook.plugin, "fails_closed", False):
            blocked = Blocked(f"guardrail {hook.plugin_name} failed", guardrail=hook.plugin_name)
            call.fail(blocked)
            raise blocked from problem

    def _problem(self, problem: BaseException) -> None:
        log.warning("%s", describe(problem))

    # The dispatcher's thread.

    def _dispatch(self, item: Finished | Deliveries) -> None:
        for route, event in item if isinstance(item, list) else self._deliveries(item):
            route.lane.put(event)

    def _hand_on(self, item: Finished | Deliveries) -> bool:
        """Give the lanes what is on disk already; say whether it is."""
        if not isinstance(item, list) or any(event.ticket is None for _, event in item):
            return False
        self._dispatch(item)
        return True

    def _deliveries(self, item: Finished) -> Deliveries:
        """Return who gets what of a finished call, on disk or on its way there."""
        if not isinstance(item, Call):
            return self._fan_out(self._made(item), {}, self.routes)
        fields = item.fields
        if _sampled_out(item, fields.get("sample")):
            return []
        return self._fan_out(self._made(item), fields, self._routes_of(fields))

    def _made(self, item: Finished) -> Payload:
        """Return the payload of what was finished, complete."""
        if isinstance(item, Call):
            return complete(item, self._facts)
        return filled(item if isinstance(item, Payload) else item(), self._facts)

    def _routes_of(self, fields: Mapping[str, Any]) -> Sequence[Route]:
        routes = self.routes
        if "plugins" in self.setup.sources.locked:
            return routes
        if without := _several(fields.get("without")):
            routes = tuple(route for route in routes if route.name not in without)
        if plugins := _several(fields.get("plugins")):
            present = {route.name for route in routes}
            added = map(self._added, plugins)
            routes += tuple(route for route in added if route and route.name not in present)
        return routes

    def _added(self, plugin: object) -> Route | None:
        """Return the route to a plugin that only some calls use; made once, kept until the end."""
        key = plugin if isinstance(plugin, str) else id(plugin)
        with self._lock:
            for route in self.routes:
                if plugin in (route.name, route.active.plugin):
                    return route
            if key not in self._extra:
                self._extra[key] = guarded(self._make_extra, plugin, otherwise=self._no_extra)
            return self._extra[key]

    def _make_extra(self, plugin: object) -> Route | None:
        name = name_of(plugin)
        if not isinstance(plugin, str):
            name = free_name(name, {route.name for route in self.all_routes()})
        active = activate(name, resolve(name, plugin), self.setup.sources)
        route = make_route(active, self._surroundings())
        self._redact = self._redactors()
        return route

    def _redactors(self) -> tuple[Implementation, ...]:
        return patient(self._hooks.implementations("redact"), self.settings.redact_timeout_s)

    def _no_extra(self, problem: BaseException) -> None:
        self._problem(problem)

    def _fan_out(
        self, payload: Payload, fields: Mapping[str, Any], routes: Sequence[Route]
    ) -> Deliveries:
        size = rough_size(payload)
        content, made = fields.get("content"), dict[str, Payload]()
        ways = self._ways(payload, fields.get("credentials"), routes)
        pairs = [(way, way.weighted(redacted(payload, way, content, self._redact, made)))
                 for way in ways]  # fmt: skip
        return self._placed(pairs, size)

    def _placed(self, pairs: Sequence[tuple[Route, Payload]], size: int) -> Deliveries:
        """Return events, on their way to disk where there is a spool."""
        if self._spooling is None:
            return [(route, Event(each, size)) for route, each in pairs]
        return self._spooling.shelved(pairs, size)

    def _ways(
        self, payload: Payload, credentials: object, routes: Sequence[Route]
    ) -> Iterator[Route]:
        """Yield who gets a payload; what has no destination of its own is dropped and counted."""
        for route in routes:
            if route.wants(payload):
                if (way := route.toward(credentials)) is not None:
                    yield way
                else:
                    route.lane.refuse(Event(payload, 0), "no_such_destination")

    def adopt(self) -> None:
        """Take over now what dead processes left in the spool; it happens by itself in time."""
        if self._spooling is not None:
            self._spooling.adopt_now()

    def warm(self) -> None:
        """Import and make what the first event would have to wait for."""
        call = Call(self, {"model": "warm", "provider": "openai"})
        call.status = "success"
        to_json(complete(call, self._facts))

    def inherit(self, former: Logger) -> None:
        """Close another Logger and go on at once with what it has not delivered.

        For new settings of the same exporters: whatever its lanes wait for, these do not. Calls
        that it began become records here.
        """
        heirs = {route.lane.key: route for route in self.all_routes()}
        for route in heirs.values():
            route.lane.resume()
        for name, event in former.bequeath(heirs, self.submit):
            guarded(self._take_over, heirs[name], event, otherwise=self._problem)
        self.adopt()

    def bequeath(
        self, heirs: Collection[str], onward: Callable[[Any], object]
    ) -> list[tuple[str, Event]]:
        """Close; return what lanes with an heir have in memory alone, by their names."""
        with self._lock:
            if self._closed:
                return []
            self._closed = True
        end_s = self.clock.monotonic_s() + self.settings.exit_timeout_s
        _live.discard(self)
        self.holding.close()
        self._dispatcher.drain(self.settings.exit_timeout_s)
        self._dispatcher.close(self._hand_on, onward)
        lanes = [route.lane for route in self.all_routes()]
        for lane in lanes:
            lane.begin_close(float("-inf") if lane.key in heirs else end_s)
        left = [(lane.key, event) for lane in lanes if lane.key in heirs
                for event in lane.give_up(end_s)]  # fmt: skip
        for lane in lanes:
            lane.finish_close()
        self._close_parts()
        return left

    def _take_over(self, route: Route, event: Event) -> None:
        payload = self.renew(event.payload, route)
        for each, renewed in self._placed([(route, payload)], rough_size(payload)):
            each.lane.put(renewed)

    def renew(self, payload: Payload, route: Route) -> Payload:
        """Return what may go out today of a payload that was redacted earlier."""
        return redacted(payload, route, None, self._redact)

    @property
    def redactors(self) -> Sequence[Implementation]:
        """Return the `redact` hooks, in the order in which they are folded."""
        return self._redact

    # The account and the end.

    def all_routes(self) -> tuple[Route, ...]:
        """Return the routes to all destinations, those that only some calls use included."""
        with self._lock:
            plugins = (*self.routes, *filter(None, self._extra.values()))
        return tuple(way for route in plugins for way in route.every())

    def stats(self) -> tuple[LaneStats, ...]:
        """Return the account of every lane, and of the intake before them."""
        accounts = [route.lane.stats() for route in self.all_routes()]
        used = (each for each in accounts if each.accepted or each.destination == DEFAULT)
        return (self._dispatcher.stats(), *used)

    def where(self, call: str) -> list[Whereabouts]:
        """Return where the record of a call is, by its id: an entry per exporter and outcome."""
        waiting = [
            Whereabouts(exporter=route.lane.key.removesuffix(f"/{DEFAULT}"), state=found[0],
                        attempt=found[1], at_unix_ns=self.clock.unix_ns())
            for route in self.all_routes() if (found := route.lane.find(call))
        ]  # fmt: skip
        return [*self._ledger.find(call), *waiting]

    def flush(self, timeout: float = 5.0) -> FlushReport:
        """Send everything that is waiting; return what is not delivered after `timeout` seconds."""
        end_s = time.monotonic() + timeout
        self.holding.hurry()
        self._dispatcher.drain(timeout)
        routes = self.all_routes()
        for route in routes:
            route.lane.hurry()
        for route in routes:
            route.lane.settle_down(end_s)
        if self._spooling is not None:
            self._spooling.write()
        return FlushReport(
            pending={stats.label: stats.pending for stats in self.stats() if stats.pending}
        )

    async def aflush(self, timeout: float = 5.0) -> FlushReport:
        """Do as `flush` does without blocking the event loop."""
        import asyncio

        return await asyncio.to_thread(self.flush, timeout)

    def close(self, timeout: float | None = None) -> None:
        """Deliver what can be delivered within `timeout` seconds, then stop. Final."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        limit = self.settings.exit_timeout_s if timeout is None else timeout
        end_s = self.clock.monotonic_s() + limit
        _live.discard(self)
        self.holding.close()
        self._dispatcher.drain(limit)
        self._dispatcher.close(self._hand_on)
        routes = self.all_routes()
        for route in routes:
            route.lane.begin_close(end_s)
        for route in routes:
            route.lane.finish_close()
        self._close_parts()

    def _close_parts(self) -> None:
        if self._spooling is not None:
            self._spooling.close()
        self._close_plugins()

    def _close_plugins(self) -> None:
        """Close the plugins' own objects, last: what they report of the lanes is final then."""
        for route in self.all_routes():
            close = getattr(route.plugin, "close", None)
            if close is not None:
                guarded(close, otherwise=self._problem)

    def __enter__(self) -> Logger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset_in_child(self) -> None:
        """Start empty after a fork: what was queued belongs to the parent."""
        if self._spooling is not None:
            self._spooling.abandon()
        self._lock = threading.RLock()
        self._hooks = Hooks()
        self._extra = {}
        self.problems = []
        self._open()
        self._say_problems()


def _weigh(item: Call | Payload | Deliveries) -> int:
    if isinstance(item, Payload):
        return rough_size(item)
    if isinstance(item, list):
        return sum(event.size for _, event in item)
    return weight(item.held)


def _sampled_out(call: Call, share: Any) -> bool:
    if not isinstance(share, (int, float)) or call.status != "success":
        return False
    return int(call.span.trace_id[-14:], 16) >= share * 2**56


def _several(given: Any) -> Sequence[Any]:
    """Return what a call names; a single name is one, not its letters."""
    return (given,) if isinstance(given, str) else given or ()


def _facts(settings: CoreSettings) -> Facts:
    return Facts(
        environment=settings.environment,
        service_name=settings.service,
        release=settings.release,
        host_name=guarded(socket.gethostname, otherwise=lambda _: None),
        sdk_version=__version__,
        prices=Prices(settings.prices),
    )


_live: set[Logger] = set()


def _close_all() -> None:
    """Close every Logger at exit, all of them within one deadline."""
    loggers = list(_live)
    if not loggers:
        return
    end_s = time.monotonic() + max(logger.settings.exit_timeout_s for logger in loggers)
    for logger in loggers:
        guarded(logger.close, max(0.0, end_s - time.monotonic()), otherwise=lambda _: None)
        _say_what_was_lost(logger)


def _say_what_was_lost(logger: Logger) -> None:
    lost = [f"{stats.exporter} {reason}: {count}" for stats in logger.stats()
            for reason, count in stats.dropped.items()]  # fmt: skip
    if lost:
        log.warning("events lost: %s", ", ".join(lost))


def _reset_all() -> None:
    for logger in list(_live):
        logger.reset_in_child()
    if _live:
        end_with_child(_close_all)


at_exit(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
