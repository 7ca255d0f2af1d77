"""The rules of the repository: every folder of plugins/ looks like its siblings."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
DISTRIBUTIONS = [ROOT / "core", *PLUGINS]
FOREIGN = {"os", "threading", "time", "logging", "tenacity", "pickle"}


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("folder", PLUGINS, ids=names(PLUGINS))
class TestPlugin:
    def test_its_names_agree(self, folder: Path) -> None:
        metadata = project(folder)["project"]
        module = f"llmlog_{folder.name.replace('-', '_')}"
        points = metadata["entry-points"]
        groups = ("llmlog", "llmlog.instrumentors", "llmlog.bridges")
        declared = next(points[group] for group in groups if group in points)
        assert metadata["name"] == f"llmlog-{folder.name}"
        assert set(declared) == {folder.name}
        assert declared[folder.name].startswith(f"{module}:")
        assert (folder / "src" / module / "py.typed").is_file()

    def test_its_metadata_is_the_common_one(self, folder: Path) -> None:
        metadata = project(folder)["project"]
        assert metadata["requires-python"] == ">=3.10"
        assert metadata["license"] == "Apache-2.0"
        assert metadata["authors"] == [{"name": "the llmlog authors"}]
        assert any(re.fullmatch(r"llmlog(\[\w+\])?>=0\.\d+,<1", need)
                   for need in metadata["dependencies"])  # fmt: skip

    def test_it_holds_no_tool_settings(self, folder: Path) -> None:
        assert "tool" not in project(folder)

    def test_it_has_its_documents(self, folder: Path) -> None:
        assert (folder / "README.md").read_text().startswith(f"# llmlog-{folder.name}")
        assert "## 0.1.0" in (folder / "CHANGELOG.md").read_text()
        assert list((folder / "tests").glob("test_*.py"))

    def test_it_leaves_the_cores_work_to_the_core(self, folder: Path) -> None:
        for path in (folder / "src").rglob("*.py"):
            assert not imports(path.read_text()) & (FOREIGN - {folder.name}), path

    def test_the_core_does_not_know_it(self, folder: Path) -> None:
        for path in (ROOT / "core" / "src").rglob("*.py"):
            assert f"llmlog_{folder.name.replace('-', '_')}" not in path.read_text(), path


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=names(DISTRIBUTIONS))
def test_no_wheel_runs_code_at_start(folder: Path) -> None:
    assert not list(folder.rglob("*.pth"))
    assert not list(folder.rglob("sitecustomize.py"))


def test_nothing_unpickles_or_evaluates() -> None:
    for folder in DISTRIBUTIONS:
        for path in (folder / "src").rglob("*.py"):
            source = path.read_text()
            assert "pickle" not in imports(source), path
            called = {node.func.id for node in ast.walk(ast.parse(source))
                      if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
            assert not called & {"eval", "exec"}, path


def test_every_field_of_the_payload_is_documented() -> None:
    attrs = pytest.importorskip("attrs")
    from llmlog import Payload

    text = (ROOT / "docs" / "payload.md").read_text()
    for item in attrs.fields(Payload):
        assert f"`{item.name}`" in text or item.name == "schema_version", item.name
