"""The rules of the repository: every folder of plugins/ looks like its siblings."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
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
    """Nothing that the interpreter runs by itself, and no build that could make such a thing."""
    for name in ("*.pth", "*.egg-link", "sitecustomize*", "usercustomize*"):
        assert not list(folder.rglob(name)), name
    assert not [path for path in folder.iterdir() if path.name in ("setup.py", "setup.cfg")]
    build = project(folder)["build-system"]
    assert build == {"requires": ["hatchling>=1.27"], "build-backend": "hatchling.build"}
    groups = project(folder)["project"].get("entry-points", {})
    assert set(groups) <= {"llmlog", "llmlog.requires", "llmlog.instrumentors", "llmlog.bridges",
                           "pytest11"}  # fmt: skip


# Data never executes.

EXECUTING = {
    "builtins": {"eval", "exec", "compile", "__import__", "execfile"},
    "os": {"system", "popen", "execv", "execve", "execvp", "spawnl", "spawnv"},
    "yaml": {"load", "load_all", "unsafe_load", "full_load"},
    "runpy": {"run_path", "run_module"},
    "types": {"FunctionType", "CodeType"},
    "importlib": set(),
}
UNSAFE_MODULES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "code",
                  "codeop", "jinja2", "mako", "chameleon", "tornado.template", "django.template",
                  "jsonpickle"}  # fmt: skip
SOURCES = [path for folder in DISTRIBUTIONS for path in sorted((folder / "src").rglob("*.py"))
           if "{{" not in str(path)]  # fmt: skip


def executing(source: str) -> set[str]:
    """Return what in a source makes code of data: modules that do, calls, and format of data."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if _unsafe(alias.name)}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            found |= {module} if _unsafe(module) else set()
            found |= {f"{module}.{alias.name}" for alias in node.names
                      if alias.name in EXECUTING.get(module, ()) or _unsafe(f"{module}.{alias.name}")}  # fmt: skip
        elif isinstance(node, ast.Call):
            found |= _called(node)
        elif isinstance(node, ast.Attribute) and node.attr in (
            "__subclasses__",
            "__globals__",
            "__code__",
        ):
            found.add(node.attr)
    return found


def _unsafe(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in UNSAFE_MODULES)


def _called(node: ast.Call) -> set[str]:
    function = node.func
    shell = any(
        word.arg == "shell" and getattr(word.value, "value", True) for word in node.keywords
    )
    found = {"shell"} if shell else set()
    if isinstance(function, ast.Name):
        return found | ({function.id} & EXECUTING["builtins"])
    if not isinstance(function, ast.Attribute):
        return found
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    if function.attr in EXECUTING.get(owner, ()):
        found.add(f"{owner}.{function.attr}")
    if function.attr in ("format", "format_map") and not _is_literal(function.value):
        found.add("format of what is no literal")
    return found


def _is_literal(value: ast.expr) -> bool:
    """Say whether a text stands in the source: as it is, under a constant's name, or as SQL."""
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "SQL":
        return _is_literal(value.args[0])
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id.isupper())


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=names(DISTRIBUTIONS))
def test_nothing_makes_code_of_data(folder: Path) -> None:
    """No pickle, marshal, shelve, eval, exec, shell, and no template that data could write in."""
    for path in SOURCES:
        if path.is_relative_to(folder):
            assert executing(path.read_text(encoding="utf-8")) == set(), path


@pytest.mark.parametrize("source", [
    "import pickle", "from pickle import loads", "import marshal as m", "from shelve import open",
    "import jinja2.sandbox", "eval('1')", "exec(text)", "compile(text, '', 'exec')", "__import__(name)",
    "import os\nos.system(text)", "from os import system", "import yaml\nyaml.load(text)",
    "text.format(data)", "settings.template.format_map(data)", "run(text, shell=True)",
    "().__class__.__base__.__subclasses__()", "from django import template", "import dill",
])  # fmt: skip
def test_the_rule_sees_each_of_these(source: str) -> None:
    assert executing(source)


@pytest.mark.parametrize("source", ["'{} of {}'.format(1, 2)", "re.compile(text)", "run(x, shell=False)",
                                    "from llmlog.plain import plain", "model.load(path)"])  # fmt: skip
def test_the_rule_sees_nothing_else(source: str) -> None:
    assert not executing(source)


def test_a_wheel_holds_its_package_and_nothing_beside_it(tmp_path: Path) -> None:
    """As it is built: modules under the package's own name, metadata, and no more."""
    pytest.importorskip("hatchling")
    for folder in (ROOT / "core", ROOT / "plugins" / "langfuse", ROOT / "plugins" / "logging"):
        subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
                       cwd=_with_licence(folder, tmp_path), check=True, capture_output=True)  # fmt: skip
    wheels = sorted(tmp_path.glob("*.whl"))
    assert len(wheels) == 3
    for wheel in wheels:
        package = wheel.name.partition("-")[0]
        for name in zipfile.ZipFile(wheel).namelist():
            top = name.partition("/")[0]
            assert top == package or re.fullmatch(rf"{package}-[\d.]+\.dist-info", top), name
            assert not name.endswith((".pth", ".so", ".pyd", ".exe")), name


def _with_licence(folder: Path, place: Path) -> Path:
    copy = place / folder.name
    shutil.copytree(
        folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".*", "dist", "tests")
    )
    shutil.copy(ROOT / "LICENSE", copy)
    return copy


def test_every_field_of_the_payload_is_documented() -> None:
    attrs = pytest.importorskip("attrs")
    from llmlog import Payload

    text = (ROOT / "docs" / "payload.md").read_text()
    for item in attrs.fields(Payload):
        assert f"`{item.name}`" in text or item.name == "schema_version", item.name
