"""The commands, as a user types them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmlog.cli import main
from llmlog.testing import Answer, ScriptedEndpoint


@pytest.fixture(autouse=True)
def site(
    install: Callable[..., None],
    working: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("LLMLOG_PLUGINS", "DUMMY_KEY", "DUMMY_URL"):
        monkeypatch.delenv(name, raising=False)
    install(tmp_path, "dummy", working("dummy"), requires="DUMMY_KEY")
    yield tmp_path
    sys.modules.pop("llmlog_dummy", None)


def test_plugins_says_why_one_is_idle(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0
    assert "set DUMMY_KEY" in capsys.readouterr().out


def test_plugins_shows_who_is_active(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUMMY_KEY", "fake-key")
    assert main(["plugins"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("dummy")]
    assert line.split() == ["dummy", "1.0", "active", "its", "settings", "are", "present"]


def test_plugins_lists_what_there_is_and_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--available"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["PLUGIN", "STATE", "WHAT", "IT", "DOES"]
    assert len(lines) > 50
    (slack,) = (line for line in lines if line.startswith("slack "))
    assert "installed" in slack or "pip install llmlog-slack" in slack


def test_plugins_names_a_broken_one(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "llmlog.toml").write_text("plugins = ['dummy', 'dumy']\n")
    assert main(["plugins"]) == 1
    out = capsys.readouterr().out
    assert "dummy: set DUMMY_KEY" in out
    assert "no plugin 'dumy': did you mean 'dummy'?" in out


def test_config_masks_secrets_and_names_origins(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUMMY_KEY", "fake-key-123")
    (site / "llmlog.toml").write_text("service = 'shop'\n[plugin.dummy]\nsample = 0.5\n")
    assert main(["config"]) == 0
    out = capsys.readouterr().out
    assert "fake-key-123" not in out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert rows["plugin.dummy.key"] == ["***", "environment", "(DUMMY_KEY)"]
    assert rows["plugin.dummy.sample"][0] == "0.5"
    assert rows["service"][:2] == ["shop", "file"]


def test_doctor_prints_the_backends_own_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedEndpoint(default=Answer(content=b'{"stored": 1}')) as endpoint:
        monkeypatch.setenv("DUMMY_KEY", "fake")
        monkeypatch.setenv("DUMMY_URL", endpoint.url)
        assert main(["doctor"]) == 0
        assert len(endpoint.requests) == 1
    assert 'dummy: HTTP 200 {"stored": 1}' in capsys.readouterr().out


@pytest.mark.parametrize(("status", "advice"), [(401, "check the credential"),
                                                (503, "then try again"), (400, "refuses")])  # fmt: skip
def test_doctor_says_what_to_do(
    status: int, advice: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedEndpoint(default=Answer(status=status, content=b"why")) as endpoint:
        monkeypatch.setenv("DUMMY_KEY", "fake")
        monkeypatch.setenv("DUMMY_URL", endpoint.url)
        assert main(["doctor", "dummy"]) == 1
    out = capsys.readouterr().out
    assert f"HTTP {status} why" in out
    assert advice in out


def test_doctor_with_a_mistyped_name_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "dumy"]) == 2
    assert "did you mean 'dummy'?" in capsys.readouterr().err


def test_doctor_with_nothing_active_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 1
    assert "no plugin is active" in capsys.readouterr().out
