"""Alerts: what a plugin that delivers them promises beside what its form promises."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from llmlog.alerts import alert_of
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.testing.alerts import ALERTS
from llmlog.testing.contract.encoding import NOWHERE
from llmlog.testing.contract.exporter import ExporterContract
from llmlog.testing.contract.plugin import PluginContract
from llmlog.testing.endpoint import ScriptedEndpoint
from llmlog.testing.golden import check_golden
from llmlog.testing.samples import sample


class TakesAlerts(PluginContract):
    """What a plugin that delivers alerts promises, whatever its form.

    The clauses of the form are tried with calls: told to take them, the plugin says of a call how
    it ended.
    """

    def record(self) -> Payload:
        """Return what the plugin takes without being told to."""
        return ALERTS["firing"]

    def logger(
        self, place: str, *, exporter: object = None, also: Sequence[object] = (),
        core: Mapping[str, Any] | None = None, **plugin_options: Any,
    ) -> Logger:  # fmt: skip
        """Return a Logger whose plugin takes calls too."""
        return super().logger(
            place, exporter=exporter, also=also, core=core, **{"takes": "both", **plugin_options}
        )

    def test_it_takes_alerts_and_no_calls(self, place: str) -> None:
        """Left to itself it is told of alerts, and calls are not its business."""
        with self.logger(place, takes=None) as logger:
            logger.log(sample())
            logger.log(ALERTS["firing"])
            assert logger.flush(20).complete
            stats = self.stats(logger)
        assert (stats.accepted, stats.delivered) == (1, 1)


class AlertContract(TakesAlerts, ExporterContract):
    """What an `HTTPExporter` that delivers alerts promises."""

    def test_every_sample_is_as_the_golden_file_says(self) -> None:
        """A person has read what is sent of each alert; `LLMLOG_UPDATE_GOLDEN=1` writes it."""
        made = {name: self.readable(self.encode(NOWHERE, ALERTS[name])) for name in ALERTS}
        tests = Path(inspect.getfile(type(self))).parent
        check_golden(tests / "golden" / f"{self.golden}.json", made)

    @pytest.mark.parametrize("name", ALERTS)
    def test_an_alert_says_what_happened(self, endpoint: ScriptedEndpoint, name: str) -> None:
        """Its request holds the rule and the measured value."""
        with self.logger(endpoint.url, takes=None) as logger:
            logger.log(ALERTS[name])
            assert logger.flush(20).complete
        (request,) = endpoint.requests
        alert = alert_of(ALERTS[name])
        words = "".join(each for each in str(request.json()) if each.isalnum())
        assert "".join(each for each in alert.text.splitlines()[0] if each.isalnum()) in words
