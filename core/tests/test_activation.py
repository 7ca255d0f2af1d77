"""Activation: looked up by metadata, loaded by name, one bad plugin harms nothing."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from llmlog.errors import PluginError, SettingsError
from llmlog.logger import Logger
from llmlog.registry import find, installed
from llmlog.testing import ScriptedEndpoint, sample


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of installed distributions that is on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("llmlog_"):
            del sys.modules[name]


def imported(site: Path) -> set[str]:
    return {path.stem.removeprefix("llmlog_") for path in site.glob("*.imported")}


def logger(environ: Mapping[str, str] | None = None, **arguments: Any) -> Logger:
    return Logger(environ=environ or {}, file=False, **arguments)


def test_forty_plugins_and_none_named_imports_none(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    for number in range(40):
        install(site, f"dummy{number}", working(f"dummy{number}"),
                requires=f"KEY_{number}")  # fmt: skip
    names = set(installed())
    with logger() as made:
        assert made.routes == ()
        assert made.setup.choice.idle["dummy7"] == "set KEY_7"
    assert {f"dummy{number}" for number in range(40)} <= names
    assert imported(site) == set()


def test_only_what_is_named_is_imported(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    for name in ("one", "two"):
        install(site, name, working(name))
    with logger({"DUMMY_KEY": "fake"}, plugins=["two"]) as made:
        assert [route.name for route in made.routes] == ["two"]
    assert imported(site) == {"two"}


def test_installing_and_setting_its_variables_is_enough(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "auto", working("auto"), requires="DUMMY_KEY.DUMMY_URL")
    install(site, "never", working("never"))
    with ScriptedEndpoint() as endpoint:
        environ = {"DUMMY_KEY": "fake", "DUMMY_URL": endpoint.url}
        with logger(environ) as made:
            assert [route.name for route in made.routes] == ["auto"]
            made.log(sample())
            assert made.flush(5).complete
        assert endpoint.requests[0].json() == [sample().id]
    assert imported(site) == {"auto"}


def test_a_table_in_the_file_is_enough_too(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "tabled", working("tabled"), requires="DUMMY_KEY")
    (site / "llmlog.toml").write_text("[plugin.tabled]\nkey = 'fake'\nevents = ['failure']\n")
    with Logger(environ={}, file=site) as made:
        (route,) = made.routes
        assert route.events == {"failure"}


def test_the_environment_may_name_them(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "named", working("named"))
    with logger({"LLMLOG_PLUGINS": "named", "DUMMY_KEY": "fake"}) as made:
        assert [route.name for route in made.routes] == ["named"]


def test_an_unknown_name_says_what_to_type(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "mine", working("mine"))
    with pytest.raises(SettingsError) as caught:
        logger(plugins=["minee", "zzzzz"])
    assert caught.value.problems == (
        "no plugin 'minee': did you mean 'mine'?",
        "no plugin 'zzzzz': pip install llmlog-zzzzz",
    )


@pytest.mark.parametrize(("name", "remedy"), [
    ("lokii", "did you mean 'loki'? pip install llmlog-loki"),
    ("loki", "pip install llmlog-loki"),
])  # fmt: skip
def test_a_name_of_this_release_says_what_to_install(name: str, remedy: str) -> None:
    with pytest.raises(PluginError, match=re.escape(f"no plugin {name!r}: {remedy}")):
        find(name, {})


def test_a_named_plugin_without_its_setting_says_which(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "bare", working("bare"))
    with pytest.raises(SettingsError, match="bare: set DUMMY_KEY"):
        logger(plugins=["bare"])


def test_a_table_for_nobody_is_a_problem(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "loki", working("loki"))
    with pytest.raises(SettingsError, match="plugin 'lokki': did you mean 'loki'"):
        logger(plugin={"lokki": {"key": "x"}})


BROKEN = {
    "raises": (
        "raise RuntimeError('at import')",
        "raises: llmlog-raises cannot be imported: RuntimeError: at import",
    ),
    "exits": ("raise SystemExit", "exits: llmlog-exits cannot be imported: SystemExit"),
    "newer": (
        "class exporter:\n    api_version = 99",
        "newer: speaks plugin API 99, this llmlog speaks 1; upgrade llmlog",
    ),
    "empty": ("", "empty: llmlog-empty cannot be imported: AttributeError"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_one_clear_line_and_harms_nothing(
    install: Callable[..., None],
    working: Callable[[str], str],
    site: Path,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source, line = BROKEN[name]
    install(site, name, source)
    install(site, "good", working("good"))
    with caplog.at_level(logging.WARNING, "llmlog"):
        made = logger({"DUMMY_KEY": "fake"}, plugins=[name, "good"], strict=False)
    assert [route.name for route in made.routes] == ["good"]
    (said,) = caplog.messages
    assert said.startswith(line)
    made.close(0)


def test_two_distributions_with_one_name_are_both_refused(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "twice", working("twice"))
    install(site, "twice", working("twice"), distribution="other")
    with pytest.raises(SettingsError, match="twice: claimed by llmlog-.* and llmlog-"):
        logger({"DUMMY_KEY": "fake"}, plugins=["twice"])
    assert imported(site) == set()


def test_switched_off_is_off(
    install: Callable[..., None], working: Callable[[str], str], site: Path
) -> None:
    install(site, "auto", working("auto"), requires="DUMMY_KEY")
    with logger({"DUMMY_KEY": "fake", "LLMLOG_ENABLED": "false"}) as made:
        assert made.routes == ()
        with made.call() as call:
            call.finish("x")
