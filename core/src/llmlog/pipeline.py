"""The way of a finished call from its caller to the lanes, opened and closed as one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import field, frozen

from llmlog.auditor import open_auditor
from llmlog.clock import Clock
from llmlog.completion import Facts, complete
from llmlog.delivery.ledger import Ledger, Whereabouts
from llmlog.delivery.queue import Event
from llmlog.delivery.stats import LaneStats
from llmlog.deposit import Deposits
from llmlog.dispatcher import Dispatcher
from llmlog.filling import filled
from llmlog.guard import guarded
from llmlog.handle import Call
from llmlog.hooks import Hooks
from llmlog.intake import Finished, bounds_of
from llmlog.lean import lighten
from llmlog.lot import left_out, share_of, standing_for
from llmlog.payload import Payload
from llmlog.recipients import Recipients, Shares
from llmlog.redaction import Known
from llmlog.route import Route
from llmlog.setup import Setup
from llmlog.spooling import Deliveries, Spooling, Strike, open_spooling
from llmlog.surroundings import Surroundings
from llmlog.tenant import DEFAULT
from llmlog.weight import rough_size


@frozen(kw_only=True, eq=False)
class PipelineParts:
    """What a Logger gives its pipeline, and gives again to the one after a fork.

    `problems` gets a line for everything that cannot start; `report` what plugins raise later;
    `warm` makes what the first event would have to wait for.
    """

    setup: Setup
    clock: Clock
    facts: Facts
    problems: list[str]
    report: Callable[[BaseException], None]
    warm: Callable[[], None]
    known: Known = field(factory=Known)


class Pipeline:
    """The dispatcher, what is behind it, and the order in which they start and stop."""

    def __init__(self, parts: PipelineParts) -> None:
        self._parts = parts
        self.settings = parts.setup.settings
        self.clock = parts.clock
        self.problems = parts.problems
        self.warm = parts.warm
        self.closed = False
        self._lock = threading.Lock()
        parts.known.learn(self.settings)
        self._dispatcher = Dispatcher(
            self._dispatch, bounds_of(self.settings), self._due_s, self._let_go
        )
        self._ledger = Ledger(self.clock, keep=self.settings.mode != "memory")
        self._spooling = open_spooling(self, self._ledger)
        self._eager = self._spooling is not None and self._spooling.eager
        self._auditor = open_auditor(self.settings, self.clock, parts.known)
        self.hooks = Hooks()
        self._deposits = Deposits(parts.setup.sources, parts.known, self.clock,
                                  parts.setup.choice.active)  # fmt: skip
        around = Surroundings(core=self.settings, hooks=self.hooks, clock=self.clock,
                              ledger=self._ledger, known=parts.known,
                              deposits=self._deposits)  # fmt: skip
        self.recipients = Recipients(parts.setup, around, parts.problems)

    def start(self) -> None:
        """Begin to write to disk, and to deliver what earlier processes left there."""
        if self._spooling is not None:
            self._spooling.start()

    # The caller's thread.

    @property
    def taking(self) -> Callable[[Finished], None]:
        """Return what takes a finished call: the dispatcher itself, where nothing else does."""
        plain = not self._eager and self._auditor is None
        return self._dispatcher.put if plain else self.submit

    def submit(self, item: Finished) -> None:
        """Take what was finished. Raises nothing but `AuditError`, where settings ask for that."""
        if self._eager:
            self._take_now(item)
        else:
            self._dispatcher.put(item)
        if self._auditor is not None:
            content = item.fields.get("content") if isinstance(item, Call) else None
            self._auditor.take(partial(self._made, item), content, self.recipients.redactors)

    def _take_now(self, item: Finished) -> None:
        """Bring a call to disk on the caller's thread, then hand it on."""
        deliveries = None
        if self._spooling is not None and self._dispatcher.admits():
            deliveries = guarded(self._deliveries, item, otherwise=lambda _: None)
            self._spooling.write_events()
        self._dispatcher.put(item if deliveries is None else deliveries)

    # The dispatcher's thread.

    def _dispatch(self, item: Finished | Deliveries) -> None:
        deliveries = item if isinstance(item, list) else self._deliveries(item)
        for route, event in deliveries:
            route.prepare(event.payload)
            route.lane.put(event)
        if isinstance(item, Call) and self.recipients.want_json_alone:
            for _, event in deliveries:
                lighten(event.payload)

    def _hand_on(self, item: Finished | Deliveries) -> bool:
        """Give the lanes what is on disk already; say whether it is."""
        if not isinstance(item, list) or any(event.ticket is None for _, event in item):
            return False
        self._dispatch(item)
        return True

    def _deliveries(self, item: Finished) -> Deliveries:
        """Return who gets what of a finished call, on disk or on its way there."""
        fields: Mapping[str, Any] = item.fields if isinstance(item, Call) else {}
        share = share_of(fields)
        if isinstance(item, Call) and left_out(item, share):
            return []
        payload = standing_for(self._made(item, fields), share)
        size = rough_size(payload)
        own, released = self.recipients.shares(payload, fields, size)
        placed = self._placed(own, size)
        return placed + self._placed_each(released) if released else placed

    def _made(self, item: Finished, fields: Mapping[str, Any] | None = None) -> Payload:
        """Return the payload of what was finished, complete."""
        if isinstance(item, Call):
            return complete(item, self._parts.facts, fields)
        return filled(item if isinstance(item, Payload) else item(), self._parts.facts)

    def _placed(self, shares: Shares, size: int) -> Deliveries:
        """Return events, on their way to disk where there is a spool."""
        if self._spooling is None:
            return [(route, Event(each, size)) for route, each in shares]
        return self._spooling.shelved(shares, size)

    def _placed_each(self, shares: Shares) -> Deliveries:
        return [event for share in shares for event in self._placed([share], rough_size(share[1]))]

    # Traces that are decided at their end.

    def _due_s(self) -> float | None:
        return self.recipients.due_s()

    def _let_go(self) -> None:
        self._dispatch(self._placed_each(self.recipients.overdue()))

    def _let_go_all(self) -> None:
        self._dispatch(self._placed_each(self.recipients.waiting()))

    # What is on disk.

    def keep(self, made: Callable[[], Iterable[Payload]]) -> Strike | None:
        """Put on disk what may be submitted later, or may not; None where there is no spool.

        The next process delivers it, unless what is returned is called before. Never raises.
        """
        if self._spooling is None:
            return None
        return guarded(self._kept, made, self._spooling, otherwise=lambda _: None)

    def _kept(self, made: Callable[[], Iterable[Payload]], spooling: Spooling) -> Strike:
        payloads = (filled(payload, self._parts.facts) for payload in made())
        return spooling.keep(
            [share for each in payloads for share in self.recipients.at_once(each)]
        )

    def adopt(self) -> None:
        """Take over now what dead processes left in the spool; it happens by itself in time."""
        if self._spooling is not None:
            self._spooling.adopt_now()

    # The account.

    def stats(self) -> tuple[LaneStats, ...]:
        """Return the account of every lane, and of the intake and the stores before them."""
        accounts = [route.lane.stats() for route in self.recipients.every()]
        used = (each for each in accounts if each.accepted or each.destination == DEFAULT)
        return (self._dispatcher.stats(), *self._deposits.stats(), *used)

    def where(self, call: str) -> list[Whereabouts]:
        """Return where the record of a call is, by its id: an entry per exporter and outcome."""
        waiting = [
            Whereabouts(exporter=route.lane.key.removesuffix(f"/{DEFAULT}"), state=found[0],
                        attempt=found[1], at_unix_ns=self.clock.unix_ns())
            for route in self.recipients.every() if (found := route.lane.find(call))
        ]  # fmt: skip
        return [*self._ledger.find(call), *waiting]

    # The end.

    def flush(self, timeout_s: float) -> None:
        """Send everything that is waiting, as far as that is possible within the time."""
        end_s = time.monotonic() + timeout_s
        self._dispatcher.drain(timeout_s)
        guarded(self._let_go_all, otherwise=self._parts.report)
        routes = self.recipients.every()
        for route in routes:
            route.lane.hurry()
        for route in routes:
            route.lane.settle_down(end_s)
        if self._spooling is not None:
            self._spooling.write()

    def close(self, limit_s: float) -> None:
        """Deliver what can be delivered within the time, then stop. Final."""
        self._end(limit_s, ())

    def bequeath(
        self, heirs: Collection[str], onward: Callable[[Any], object]
    ) -> list[tuple[str, Event]]:
        """Close; return what lanes with an heir have in memory alone, by their names.

        What is finished from now on goes `onward`.
        """
        return self._end(self.settings.exit_timeout_s, heirs, onward)

    def _end(
        self, limit_s: float, heirs: Collection[str], onward: Callable[[Any], object] | None = None
    ) -> list[tuple[str, Event]]:
        with self._lock:
            if self.closed:
                return []
            self.closed = True
        end_s = self.clock.monotonic_s() + limit_s
        self._dispatcher.drain(limit_s)
        guarded(self._let_go_all, otherwise=self._parts.report)
        self._dispatcher.close(self._hand_on, onward)
        lanes = [route.lane for route in self.recipients.every()]
        for lane in lanes:
            lane.begin_close(float("-inf") if lane.key in heirs else end_s)
        left = [(lane.key, event) for lane in lanes if lane.key in heirs
                for event in lane.give_up(end_s)]  # fmt: skip
        for lane in lanes:
            lane.finish_close()
        self.close_parts()
        return left

    def inherit(self, left: Sequence[tuple[str, Event]]) -> None:
        """Go on with events of another pipeline, under the rules of this one."""
        routes = {route.lane.key: route for route in self.recipients.every()}
        for name, event in left:
            guarded(self._take_over, routes[name], event, otherwise=self._parts.report)
        self.adopt()

    def _take_over(self, route: Route, event: Event) -> None:
        payload = self.recipients.renewed(event.payload, route)
        for each, renewed in self._placed([(route, payload)], rough_size(payload)):
            each.lane.put(renewed)

    def resume(self) -> Collection[str]:
        """Let every lane go on that waits for new settings; return their names."""
        lanes = [route.lane for route in self.recipients.every()]
        for lane in lanes:
            lane.resume()
        return {lane.key for lane in lanes}

    def close_parts(self) -> None:
        """Close the spool, then the plugins' own objects: what they report of lanes is final."""
        if self._spooling is not None:
            self._spooling.close()
        for route in self.recipients.every():
            close = getattr(route.plugin, "close", None)
            if close is not None:
                guarded(close, otherwise=self._parts.report)
        self._deposits.close()

    def abandon(self) -> None:
        """Let go of everything in a forked child: it is the parent's."""
        if self._spooling is not None:
            self._spooling.abandon()
