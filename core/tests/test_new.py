"""`llmlog new`: a folder with a working plugin, from an installed core."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from llmlog.cli import main


def test_without_cookiecutter_it_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "cookiecutter.exceptions", None)
    assert main(["new", "example", "--directory", str(tmp_path)]) == 2
    assert "pip install 'llmlog[new]'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_it_makes_a_folder_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cookiecutter")
    arguments = ["new", "my-place", "--form", "client", "--author", "somebody"]
    assert main([*arguments, "--directory", str(tmp_path)]) == 0
    folder = tmp_path / "llmlog-my-place"
    assert f"cd {folder}" in capsys.readouterr().out
    assert "somebody" in (folder / "pyproject.toml").read_text()
    assert (folder / "src" / "llmlog_my_place" / "__init__.py").is_file()


def test_it_writes_over_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cookiecutter")
    (tmp_path / "llmlog-example").mkdir()
    assert main(["new", "example", "--directory", str(tmp_path)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert not list((tmp_path / "llmlog-example").iterdir())


def test_an_impossible_name_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cookiecutter")
    assert main(["new", "My Plugin", "--directory", str(tmp_path)]) == 2
    assert "lower-case words with hyphens" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as misuse:
        main(["new", "example", "--form", "fax", "--directory", str(tmp_path)])
    assert misuse.value.code == 2
