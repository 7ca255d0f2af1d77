"""`llmlog redact --try` shows each destination's own view of a text."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmlog.cli import main

TEXT = "ask zoe@example.com for key-of-dummy"


@pytest.fixture(autouse=True)
def site(
    install: Callable[..., None], working: Callable[[str], str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("LLMLOG_PLUGINS", "LLMLOG_CONTENT", "DUMMY_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DUMMY_KEY", "key-of-dummy")
    install(tmp_path, "dummy", working("dummy"), requires="DUMMY_KEY")
    install(tmp_path, "other", working("other"), requires="DUMMY_KEY")
    yield tmp_path
    sys.modules.pop("llmlog_dummy", None)
    sys.modules.pop("llmlog_other", None)


def settings(folder: Path, text: str) -> None:
    (folder / "llmlog.toml").write_text(text)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["redact", *arguments]) == 0
    return capsys.readouterr().out


def test_each_destination_has_its_own_view(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings(site, '[plugin.dummy]\ncontent = "masked"\n[plugin.other]\ncontent = "full"\n')
    out = shown(capsys, "--try", TEXT)
    first, second = out.split("other: ")
    assert "content = masked" in first
    assert "| ask [email] for [credential:known]" in first
    assert "masked by email: 1" in first
    assert "content = full" in second
    assert "| ask zoe@example.com for [credential:known]" in second
    assert "key-of-dummy" not in out


def test_a_calls_wish_can_be_tried(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "--content", "none", "--try", TEXT)
    assert "zoe" not in out
    assert "| [hidden]" in out


def test_the_text_may_come_on_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("line zoe@example.com\nsecond"))
    out = shown(capsys, "--content", "masked")
    assert "  | line [email]\n  | second\n" in out


def test_wrong_settings_are_said(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings(site, 'content = "maskd"\n')
    assert main(["redact", "--try", TEXT]) == 1
    out = capsys.readouterr().out
    assert "maskd" in out
    assert "zoe" not in out


def test_what_only_redacts_is_no_destination(
    site: Path, install: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
from attrs import evolve, frozen
from llmlog import HookPlugin, hookimpl, with_texts

@frozen
class Settings:
    pass

class Names:
    @hookimpl
    def redact(self, payload):
        return with_texts(payload, lambda text: (text.replace("zoe", "[me]"), ()))

exporter = HookPlugin(name="names", settings=Settings, make=lambda _: Names(), redacts=True)
"""
    install(site, "names", source)
    settings(site, 'plugins = ["dummy", "names"]\n')
    out = shown(capsys, "--try", TEXT)
    assert "| ask [me]@example.com for [credential:known]" in out
    assert "names: " not in out
    sys.modules.pop("llmlog_names", None)
