"""Packaging and settings: what every plugin promises, whatever its form."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from llmlog.configuration import PluginOptions
from llmlog.delivery.stats import LaneStats
from llmlog.errors import SettingsError
from llmlog.hookspecs import API_VERSION
from llmlog.logger import Logger
from llmlog.plugin import activate
from llmlog.registry import installed
from llmlog.secret import Secret
from llmlog.settings import Sources, options, variable_name

_NOWHERE = "http://127.0.0.1:1"
_IMPORT = """
import importlib, socket, sys, threading
def refuse(*_, **__): raise SystemExit("it opened a connection")
socket.socket.connect = socket.getaddrinfo = refuse
importlib.import_module(sys.argv[1])
sys.exit("it started a thread" if threading.active_count() > 1 else 0)
"""


class PluginContract:
    """What every plugin promises, whatever its form.

    `exporter` is the plugin's declaration; `settings` are values of its settings that work in a
    test. In them `{url}` stands for the place where the test wants the records.
    """

    exporter: ClassVar[Any]
    settings: ClassVar[Mapping[str, Any]] = {}

    def test_no_clause_is_weakened(self) -> None:
        """A clause is replaced only together with an `xfail` that gives a reason."""
        for name, replaced in self._replaced():
            marks = getattr(replaced, "pytestmark", ())
            excuses = [mark.kwargs.get("reason") for mark in marks if mark.name == "xfail"]
            assert any(excuses), f"{name}: mark it with xfail and a reason"

    def _replaced(self) -> Iterator[tuple[str, Any]]:
        contracts = [cls for cls in type(self).__mro__ if cls.__module__.startswith(__package__)]
        clauses = {name for cls in contracts for name in vars(cls) if name.startswith("test_")}
        for cls in type(self).__mro__:
            if cls not in contracts:
                yield from ((name, value) for name, value in vars(cls).items() if name in clauses)

    def test_it_is_found_by_its_name(self) -> None:
        """The entry point, the distribution and the declaration have one name."""
        found = installed()[self.exporter.name]
        assert found.distribution == f"llmlog-{self.exporter.name}"
        assert found.load() is self.exporter

    def test_it_speaks_this_api(self) -> None:
        """The declaration names the API version that it was written for."""
        assert self.exporter.api_version == API_VERSION

    def test_importing_it_starts_nothing(self) -> None:
        """The import opens no connection and starts no thread."""
        module = installed()[self.exporter.name].entry_point.module
        command = [sys.executable, "-c", _IMPORT, module]
        path = {"PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(command, capture_output=True, text=True, check=False,  # noqa: S603
                              env={**_environment(), **path})  # fmt: skip
        assert done.returncode == 0, done.stderr

    def test_it_activates_only_by_variables_that_it_reads(self) -> None:
        """The variables in the metadata are those of settings."""
        name = self.exporter.name
        read = {variable_name(name, option.name) for option in options(self.exporter.settings)}
        for option in options(self.exporter.settings):
            read.update(option.variables)
        unread = sorted(set(installed()[name].requires) - read)
        assert not unread, (
            f"pyproject.toml, entry points llmlog.requires: no setting reads {', '.join(unread)};"
            " after a change there install it again"
        )

    def test_every_missing_setting_is_named(self) -> None:
        """Without settings, one error names a variable for each required setting."""
        required = [option for option in options(self.exporter.settings) if option.required]
        if not required:
            return
        with pytest.raises(SettingsError) as caught:
            activate(self.exporter.name, self.exporter, Sources(environ={}))
        for option in required:
            assert any(variable in str(caught.value) for variable in option.variables)

    def test_an_unknown_setting_is_refused(self) -> None:
        """A misspelt key is an error."""
        code = {"plugin": {self.exporter.name: {**self.settings, "no_such_setting": 1}}}
        with pytest.raises(SettingsError, match="no_such_setting"):
            activate(self.exporter.name, self.exporter, Sources(environ={}, code=code))

    def test_its_settings_have_names_of_their_own(self) -> None:
        """No setting hides one that every plugin takes, and each says what it is for."""
        taken = {item.name for item in attrs.fields(PluginOptions)}
        for option in options(self.exporter.settings):
            assert option.name not in taken
            assert option.help, option.name

    def test_its_settings_are_frozen(self) -> None:
        """Nothing changes a setting after it was read."""
        for option in options(self.exporter.settings)[:1]:
            settings = self.settings_object(_NOWHERE)
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(settings, option.name, getattr(settings, option.name))

    def test_credentials_do_not_show(self) -> None:
        """What looks like a credential is a `Secret`, and no `repr` or error shows it."""
        for option in options(self.exporter.settings):
            looks_secret = any(word in option.name for word in ("password", "secret", "token"))
            assert option.secret or not looks_secret or option.type in ("int", "bool"), option.name
        values = {**self.values(_NOWHERE), "no_such_setting": 1}
        with pytest.raises(SettingsError) as caught:
            activate(self.exporter.name, self.exporter, self._sources(values))
        shown = (
            f"{self.settings_object(_NOWHERE)!r} {self.settings_object(_NOWHERE)} {caught.value}"
        )
        for value in self.secrets(_NOWHERE):
            assert value not in shown

    def values(self, place: str) -> dict[str, Any]:
        """Return the settings with the test's place in them."""
        return {
            name: value.replace("{url}", place) if isinstance(value, str) else value
            for name, value in self.settings.items()
        }

    def _sources(self, values: Mapping[str, Any]) -> Sources:
        return Sources(environ={}, code={"plugin": {self.exporter.name: values}})

    def settings_object(self, place: str) -> Any:
        """Return the plugin's settings."""
        sources = self._sources(self.values(place))
        return activate(self.exporter.name, self.exporter, sources).settings

    def secrets(self, place: str) -> list[str]:
        """Return the texts of all credentials in the settings."""
        found = attrs.asdict(self.settings_object(place), recurse=False).values()
        return [value.reveal() for value in found if isinstance(value, Secret) and value]

    def logger(
        self, place: str, *, exporter: object = None, also: Sequence[object] = (),
        core: Mapping[str, Any] | None = None, **plugin_options: Any,
    ) -> Logger:  # fmt: skip
        """Return a Logger with this plugin; `exporter` stands in for it, `also` come beside it.

        `core` are settings of the Logger, `plugin_options` those of the plugin.
        """
        values = {**self.values(place), "batch_age_s": 0.0, **plugin_options}
        return Logger(
            plugins=[exporter or self.exporter.name, *also], environ={}, file=False,
            plugin={self.exporter.name: values}, **(core or {}),
        )  # fmt: skip

    def stats(self, logger: Logger) -> LaneStats:
        """Return the account of this plugin's lane."""
        (found,) = (each for each in logger.stats() if each.exporter == self.exporter.name)
        return found


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


def lane_stats(logger: Logger) -> LaneStats:
    """Return the account of a Logger's only lane."""
    _, stats = logger.stats()
    return stats


def files_below(folder: Path) -> bytes:
    """Return what all files below a folder hold."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
