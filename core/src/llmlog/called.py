"""Destinations whose settings come with a call, where the plugin's settings allow that.

Everything about such a destination comes from the call: no configured credential goes to its
address, and its credentials go to no configured address. Only the hosts in `call_hosts` are
connected to, over https, at public addresses.
"""

from __future__ import annotations

import hmac
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import attrs

from llmlog.encoding import dumps
from llmlog.errors import LlmlogError, SettingsError
from llmlog.exporter import HTTPExporter
from llmlog.plugin import Active, chosen
from llmlog.redaction.known import secrets_in
from llmlog.secret import Secret
from llmlog.tenant import complete_settings

log = logging.getLogger("llmlog")
MOST = 1_000


class Called:
    """The destinations of one plugin that came with calls, at most a thousand in a process.

    `make` returns the route for settings and a name. The name is a keyed hash of the settings:
    under `pseudonym_key` the same in every process, else known to this one alone.
    """

    def __init__(
        self, active: Active, key: Secret | None, make: Callable[[str, Active], Any]
    ) -> None:
        self._active = active
        self._key = key.reveal().encode() if key else os.urandom(32)
        self._make = make
        self._lock = threading.RLock()  # a signal may log within a log
        self._routes: dict[str, Any] = {}

    def routes(self) -> tuple[Any, ...]:
        """Return the routes that there are."""
        with self._lock:
            return tuple(self._routes.values())

    def route(self, values: object) -> Any:
        """Return the route for a call's settings; None, and a line in the log, for wrong ones."""
        try:
            return self._route(values)
        except LlmlogError as problem:
            log.warning("%s: credentials of a call are refused: %s", self._active.name, problem)
            return None

    def _route(self, values: object) -> Any:
        settings = self._settings(values)
        name = self._name(settings)
        with self._lock:
            if name not in self._routes:
                if len(self._routes) >= MOST:
                    raise LlmlogError(f"{MOST} different ones came before")
                self._routes[name] = self._make(
                    name,
                    attrs.evolve(
                        self._active, plugin=self._active.declared, settings=settings, tenants={}
                    ),
                )
            return self._routes[name]

    def _settings(self, values: object) -> Any:
        cls = self._active.declared.settings
        if not self._active.options.call_hosts:
            raise SettingsError(["call_hosts names no host that they may go to"])
        if isinstance(values, Mapping) and (paths := _paths(cls) & set(values)):
            raise SettingsError([f"a call names no file: {', '.join(sorted(paths))}"])
        settings = complete_settings("the call", self._active.name, cls, values)
        if not isinstance(chosen(self._active.declared, settings), HTTPExporter):
            raise SettingsError(["only exporters over HTTP take them"])
        return settings

    def _name(self, settings: Any) -> str:
        shown = [repr(settings), *secrets_in(settings)]
        return f"call-{hmac.new(self._key, dumps(shown), 'sha256').hexdigest()[:24]}"


def _paths(cls: type) -> set[str]:
    return {name for name, hint in get_type_hints(cls).items() if Path in (hint, *get_args(hint))}
