"""Who gets what of a finished call: the active plugins, and those that single calls add."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from llmlog.delivery.queue import Event
from llmlog.errors import LlmlogError
from llmlog.folding import redacted
from llmlog.guard import describe, guarded
from llmlog.hooks import Implementation, Shut
from llmlog.open_trace import Held, OpenTraces, Release
from llmlog.patience import patient
from llmlog.payload import Payload
from llmlog.plugin import Active, activate, free_name, name_of, redacts, resolve
from llmlog.route import Route
from llmlog.setup import Setup
from llmlog.surroundings import Surroundings, make_route

log = logging.getLogger("llmlog")
Shares = list[tuple[Route, Payload]]


class Recipients:
    """The routes of one Logger. What cannot start is written to `problems`, a line each."""

    def __init__(self, setup: Setup, around: Surroundings, problems: list[str]) -> None:
        self._setup = setup
        self._around = around
        self._problems = problems
        self._lock = threading.RLock()
        self._added: dict[object, Route | None] = {}
        self.routes: tuple[Route, ...] = tuple(filter(None, map(self._route, setup.choice.active)))
        for name in setup.choice.missed:
            self._shut(name)
        self.redactors = self._redactors()

    def _route(self, active: Active) -> Route | None:
        try:
            return make_route(active, self._around)
        except LlmlogError as problem:
            self._problems.append(str(problem))
        except Exception as problem:  # noqa: BLE001  # a plugin's `make` is foreign code
            self._problems.append(f"{active.name}: cannot start: {describe(problem)}")
        if redacts(active.plugin):
            self._shut(active.name)
        return None

    def _shut(self, name: str) -> None:
        """Let no content pass, where a redactor should be and is not."""
        self._around.hooks.register(f"{name} (missing)", Shut())

    def _redactors(self) -> tuple[Implementation, ...]:
        hooks = self._around.hooks.implementations("redact")
        return patient(hooks, self._around.core.redact_timeout_s)

    def every(self) -> tuple[Route, ...]:
        """Return the routes to all destinations, those that only some calls use included."""
        return tuple(way for route in self._plugins() for way in route.every())

    def _plugins(self) -> tuple[Route, ...]:
        with self._lock:
            return (*self.routes, *filter(None, self._added.values()))

    @property
    def want_json_alone(self) -> bool:
        """Say whether nobody will ask for anything of a payload but its JSON."""
        return all(route.wants_json_alone for route in self._plugins())

    def shares(
        self, payload: Payload, fields: Mapping[str, Any], size: int
    ) -> tuple[Shares, Shares]:
        """Return what goes where of a record, and what its coming lets go of other ones.

        `fields` are what its call said of that, `size` about how many bytes it has.
        """
        content = fields.get("content")
        made: dict[str, Payload] = {}
        own: Shares = []
        released: list[Release] = []
        for way in self._ways(payload, fields.get("credentials"), self._chosen(fields)):
            if way.traces is None:
                once = redacted(payload, way, content, self.redactors, made)
                own.append((way, way.weighted(once)))
            else:
                released += way.traces.take(Held(way, payload, content, size))
        return own, self._released(released) if released else []

    def at_once(self, payload: Payload) -> Shares:
        """Return what goes where of a record, but to those who wait for the end of its trace."""
        made: dict[str, Payload] = {}
        ways = (way for way in self._ways(payload, None, self.routes) if way.traces is None)
        return [(way, way.weighted(redacted(payload, way, None, self.redactors, made)))
                for way in ways]  # fmt: skip

    def _released(self, released: Iterable[Release]) -> Shares:
        """Return what goes where of calls that waited for the end of their traces."""
        return [
            (held.way, held.way.weighted(
                redacted(held.payload, held.way, held.content, self.redactors), certain))
            for held, certain in released
        ]  # fmt: skip

    def _traces(self) -> list[OpenTraces]:
        return [route.traces for route in self._plugins() if route.traces is not None]

    def due_s(self) -> float | None:
        """Return the seconds until the next open trace is overdue; None if none is open."""
        due = (traces.due_s() for traces in self._traces())
        return min((each for each in due if each is not None), default=None)

    def overdue(self) -> Shares:
        """Return what goes where of traces that have been open for too long."""
        return self._released(each for traces in self._traces() for each in traces.overdue())

    def waiting(self) -> Shares:
        """Decide all open traces now; return what goes where of them."""
        return self._released(each for traces in self._traces() for each in traces.everything())

    def renewed(self, payload: Payload, route: Route) -> Payload:
        """Return what may go out today of a payload that was redacted earlier."""
        return redacted(payload, route, None, self.redactors)

    def _chosen(self, fields: Mapping[str, Any]) -> Sequence[Route]:
        routes = self.routes
        if not fields or "plugins" in self._setup.sources.locked:
            return routes
        if without := _several(fields.get("without")):
            routes = tuple(route for route in routes if route.name not in without)
        if plugins := _several(fields.get("plugins")):
            present = {route.name for route in routes}
            added = map(self._extra, plugins)
            routes += tuple(route for route in added if route and route.name not in present)
        return routes

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

    def _extra(self, plugin: object) -> Route | None:
        """Return the route to a plugin that only some calls use; made once, kept until the end."""
        key = plugin if isinstance(plugin, str) else id(plugin)
        with self._lock:
            for route in self.routes:
                if plugin in (route.name, route.active.plugin):
                    return route
            if key not in self._added:
                no_extra = partial(self._no_extra, plugin)
                self._added[key] = guarded(self._make_extra, plugin, otherwise=no_extra)
            return self._added[key]

    def _make_extra(self, plugin: object) -> Route | None:
        name = name_of(plugin)
        if not isinstance(plugin, str):
            name = free_name(name, {route.name for route in self.every()})
        active = activate(name, resolve(name, plugin), self._setup.sources)
        route = make_route(active, self._around)
        self.redactors = self._redactors()
        return route

    def _no_extra(self, plugin: object, problem: BaseException) -> None:
        log.warning("%s", describe(problem))
        name = name_of(plugin)
        if redacts(guarded(resolve, name, plugin, otherwise=lambda _: None)):
            self._shut(name)
            self.redactors = self._redactors()


def _several(given: Any) -> Sequence[Any]:
    """Return what a call names; a single name is one, not its letters."""
    return (given,) if isinstance(given, str) else given or ()
