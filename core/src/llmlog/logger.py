"""The Logger: what an application or an SDK holds of llmlog."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, field, frozen

from llmlog import __version__
from llmlog.caller import Callers
from llmlog.clock import Clock
from llmlog.completion import Facts, complete
from llmlog.configuration import CoreSettings
from llmlog.cost import Prices
from llmlog.delivery.ledger import Whereabouts
from llmlog.delivery.stats import LaneStats
from llmlog.errors import SettingsError
from llmlog.fields import CallFields
from llmlog.guard import describe, guarded
from llmlog.guardrail import Guardrails
from llmlog.handle import Call
from llmlog.holding import Holding
from llmlog.hooks import Implementation
from llmlog.lifetime import enrol, strike_off
from llmlog.payload import Payload
from llmlog.pipeline import Pipeline, PipelineParts
from llmlog.route import Route
from llmlog.schema import to_json
from llmlog.setup import look
from llmlog.wrapping import instrument, wrap

if TYPE_CHECKING:
    from typing_extensions import Unpack

log = logging.getLogger("llmlog")
C = TypeVar("C")


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
        self._parts = PipelineParts(
            setup=self.setup, clock=self.clock, facts=_facts(self.settings),
            problems=[*self.setup.problems], report=_report, warm=self.warm,
        )  # fmt: skip
        self._open()
        if self.problems and strict:
            self._pipeline.close_parts()
            raise SettingsError(self.problems)
        self._say_problems()
        enrol(self)

    def _open(self) -> None:
        self.problems = self._parts.problems
        self._pipeline = Pipeline(self._parts)
        self.holding = Holding(self.clock, self._pipeline.keep)
        self.submit: Callable[[Call], None] = self._pipeline.taking
        hooks = self._pipeline.hooks.implementations("pre_call")
        self._guardrails = Guardrails(hooks, _report)
        self.before: Callable[[Call], None] | None = self._guardrails.run if hooks else None
        for route in self.routes:
            bind = getattr(route.plugin, "bind", None)
            if bind is not None:
                guarded(bind, self, otherwise=_report)
        self._pipeline.start()

    def _say_problems(self) -> None:
        for problem in self.problems:
            log.warning("%s", problem)

    def warm(self) -> None:
        """Import and make what the first event would have to wait for."""
        call = Call(self, {"model": "warm", "provider": "openai"})
        call.status = "success"
        to_json(complete(call, self._parts.facts))

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
        self._pipeline.submit(payload)

    async def before_async(self, call: Call) -> None:
        """Run the `pre_call` hooks, awaiting those that are `async def`."""
        await self._guardrails.run_async(call)

    # Where records go, and what became of them.

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return the routes to the active plugins."""
        return self._pipeline.recipients.routes

    def all_routes(self) -> tuple[Route, ...]:
        """Return the routes to all destinations, those that only some calls use included."""
        return self._pipeline.recipients.every()

    @property
    def redactors(self) -> Sequence[Implementation]:
        """Return the `redact` hooks, in the order in which they are folded."""
        return self._pipeline.recipients.redactors

    def renew(self, payload: Payload, route: Route) -> Payload:
        """Return what may go out today of a payload that was redacted earlier."""
        return self._pipeline.recipients.renewed(payload, route)

    def stats(self) -> tuple[LaneStats, ...]:
        """Return the account of the intake, stores of media, every lane, and what is held."""
        return (*self._pipeline.stats(), *self.holding.stats())

    def where(self, call: str) -> list[Whereabouts]:
        """Return where the record of a call is, by its id: an entry per exporter and outcome."""
        return self._pipeline.where(call)

    def adopt(self) -> None:
        """Take over now what dead processes left in the spool; it happens by itself in time."""
        self._pipeline.adopt()

    # The end.

    def flush(self, timeout: float = 5.0) -> FlushReport:
        """Send everything that is waiting; return what is not delivered after `timeout` seconds."""
        self.holding.hurry()
        self._pipeline.flush(timeout)
        return FlushReport(
            pending={stats.label: stats.pending for stats in self.stats() if stats.pending}
        )

    async def aflush(self, timeout: float = 5.0) -> FlushReport:
        """Do as `flush` does without blocking the event loop."""
        import asyncio

        return await asyncio.to_thread(self.flush, timeout)

    def close(self, timeout: float | None = None) -> None:
        """Deliver what can be delivered within `timeout` seconds, then stop. Final."""
        strike_off(self)
        self.holding.close()
        self._pipeline.close(self.settings.exit_timeout_s if timeout is None else timeout)

    def __enter__(self) -> Logger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def inherit(self, former: Logger) -> None:
        """Close another Logger and go on at once with what it has not delivered.

        For new settings of the same exporters: whatever its lanes wait for, these do not. Calls
        that it began become records here.
        """
        heirs = self._pipeline.resume()
        strike_off(former)
        former.holding.close()
        left = former._pipeline.bequeath(heirs, self.submit)
        self._pipeline.inherit(left)

    def reset_in_child(self) -> None:
        """Start empty after a fork: what was queued belongs to the parent."""
        self._pipeline.abandon()
        self._parts = evolve(self._parts, problems=[])
        self._open()
        self._say_problems()


def _report(problem: BaseException) -> None:
    log.warning("%s", describe(problem))


def _facts(settings: CoreSettings) -> Facts:
    return Facts(
        environment=settings.environment,
        service_name=settings.service,
        release=settings.release,
        host_name=guarded(socket.gethostname, otherwise=lambda _: None),
        sdk_version=__version__,
        prices=Prices(settings.prices),
        callers=Callers(aliases=settings.key_aliases, key=settings.pseudonym_key),
    )
