"""Alerts: rules over what calls do, in one place; plugins such as `slack` only deliver.

    [plugin.alerts.rules.failing]
    measure = "failure_rate"
    above = 0.1
    by = ["request_model"]

The plugin `alerts` is part of llmlog. An alert is a payload of the kind `alert`, which goes to the
plugins that take alerts, through the same gates as any record.
"""

from __future__ import annotations

from llmlog.alerts.alert import Alert, alert_of, moment
from llmlog.alerts.plugin import Alerts, Settings, plugin
from llmlog.alerts.rule import Rule

__all__ = ["Alert", "Alerts", "Rule", "Settings", "alert_of", "moment", "plugin"]
