"""The way from the dispatcher to one plugin: what it takes, where to, and through which lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from llmlog.called import Called
from llmlog.delivery.door import Door
from llmlog.delivery.lane import Lane
from llmlog.delivery.sender import Sender
from llmlog.exporter import ClientExporter, HTTPExporter, Takes
from llmlog.habit import prepare, wants_json_alone
from llmlog.lot import drawn, kept
from llmlog.payload import Payload
from llmlog.plugin import Active
from llmlog.redaction import Policy

if TYPE_CHECKING:
    from llmlog.open_trace import OpenTraces


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

    @property
    def wants_json_alone(self) -> bool:
        """Say whether the plugin will ask for nothing of a payload but its JSON."""
        exporter = self.active.plugin
        known = isinstance(exporter, (HTTPExporter, ClientExporter))
        return known and self.traces is None and wants_json_alone(exporter)

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
