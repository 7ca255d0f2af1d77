"""Hooks: what a `HookPlugin` that takes records promises."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from attrs import evolve

from llmlog.exporter import HookPlugin
from llmlog.hookspecs import hookimpl
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.contract.exporter import BrokenRedactor
from llmlog.testing.contract.matrix import MatrixContract
from llmlog.testing.samples import SAMPLES, sample


class HookContract(MatrixContract):
    """What a `HookPlugin` that takes records promises.

    `shown(plugin)` returns all that the made object shows to the world, as text.
    """

    exporter: ClassVar[HookPlugin[Any]]

    def shown(self, plugin: Any) -> str:
        """Return what the plugin shows; its author says how."""
        raise NotImplementedError

    def shows(self, logger: Logger) -> str:
        """Return what the plugin of a Logger shows."""
        return self.shown(self.plugin_of(logger))

    def plugin_of(self, logger: Logger) -> Any:
        """Return the object whose methods are the hooks."""
        (found,) = (route.plugin for route in logger.routes if route.name == self.exporter.name)
        return found

    @pytest.mark.parametrize("name", SAMPLES)
    def test_every_sample_leaves_a_trace(self, place: str, name: str) -> None:
        """Each kind of record changes what the plugin shows, success or failure."""
        with self.logger(place) as logger:
            before = self.shown(self.plugin_of(logger))
            logger.log(sample(name))
            assert logger.flush(20).complete
            assert self.shown(self.plugin_of(logger)) != before

    def made_class(self, place: str) -> type[Any]:
        """Return the class of what the plugin makes; the object made for it is closed."""
        made = self.exporter.make(self.settings_object(place))
        close = getattr(made, "close", None)
        if close is not None:
            close()
        return type(made)

    def test_two_of_them_share_nothing(self, place: str) -> None:
        """What one Logger's plugin was told, another's does not show."""
        with self.logger(place) as logger, self.logger(place) as other:
            before = self.shown(self.plugin_of(other))
            logger.log(sample())
            assert logger.flush(20).complete
            assert self.shown(self.plugin_of(other)) == before

    def test_a_fault_of_the_plugin_is_counted(
        self, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a hook raises reaches no caller, and the next record follows."""
        cls = self.made_class(place)
        monkeypatch.setattr(cls, "log_failure", hookimpl(_raise), raising=False)
        with self.logger(place) as logger:
            logger.log(sample("failure"))
            logger.log(sample("chat"))
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.delivered, dict(stats.dropped)) == (1, {"rejected": 1})
        assert "SystemExit" in (stats.last_error or "")

    def test_it_is_closed_once(self, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """`close` is called at the end, after the last record."""
        cls = self.made_class(place)
        if not hasattr(cls, "close"):
            return
        closed: list[str] = []
        original = cls.close

        def close(plugin: Any) -> None:
            closed.append(self.shown(plugin))
            original(plugin)

        monkeypatch.setattr(cls, "close", close)
        logger = self.logger(place)
        before = self.shown(self.plugin_of(logger))
        logger.log(sample())
        logger.close(20)
        assert len(closed) == 1
        assert closed != [before]

    def test_hidden_content_is_not_shown(self, place: str) -> None:
        """With `content = "none"` nothing that was said is shown, in successes and failures."""
        marked = [with_canary(sample(name)) for name in SAMPLES]
        assert CANARY not in self._shown_after(place, *marked, content="none")

    def test_hidden_metadata_is_not_shown(self, place: str) -> None:
        """What `hide_metadata` names stays hidden."""
        marked = evolve(sample(), metadata={"private": CANARY, "order": 42})
        assert CANARY not in self._shown_after(place, marked, hide_metadata=["private"])

    def test_a_failing_redactor_hides_more(self, place: str) -> None:
        """When a `redact` hook raises, no content is shown, and no metadata."""
        marked = evolve(with_canary(sample("failure")), metadata={"private": CANARY})
        assert CANARY not in self._shown_after(place, marked, also=[BrokenRedactor()])

    def test_no_credential_is_shown(self, place: str) -> None:
        """No credential is shown."""
        shown = self._shown_after(place, *(sample(name) for name in SAMPLES))
        for secret in self.secrets(place):
            assert secret not in shown

    def _shown_after(self, place: str, *payloads: Payload, **options: Any) -> str:
        with self.logger(place, **options) as logger:
            for payload in payloads:
                logger.log(payload)
            assert logger.flush(20).complete
            assert self.stats(logger).delivered == len(payloads)
            return self.shown(self.plugin_of(logger))


class MetricContract(HookContract):
    """What a plugin that counts promises beside that."""

    def test_no_label_names_a_person_or_a_call(self, place: str) -> None:
        """Users, sessions, ids and words are no labels."""
        payload = evolve(with_canary(sample("failure")), user_id="user-7f3a", session_id="s-7f3a")
        shown = self._shown_after(place, payload)
        for private in (CANARY, "user-7f3a", "s-7f3a", payload.id):
            assert private not in shown


def _raise(self: object, payload: Payload) -> None:  # noqa: ARG001  # the hook's names
    raise SystemExit
