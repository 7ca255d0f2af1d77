"""What the documentation says is what the code does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from llmlog.hooks import HOOKS
from llmlog.testing.contract import CONTRACTS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FILE = re.compile(r"^`([\w./]+)`:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INFO = """\
[llmlog]
parcel = llmlog_parcel:exporter
[llmlog.requires]
parcel = PARCEL_API_KEY
"""


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["contract.md", "coverage.md", "hooks.md"])
def test_a_page_is_as_its_declarations_say(page: str, generate: ModuleType) -> None:
    remedy = "run `python docs/generate.py`"
    assert (DOCS / page).read_text(encoding="utf-8") == generate.KEPT[page](), remedy


def test_the_figures_of_the_performance_page_are_those_of_the_run(tmp_path: Path) -> None:
    page, figures = DOCS / "performance.md", DOCS / "plots" / "figures.json"
    written = page.read_text(encoding="utf-8")
    (copy := tmp_path / page.name).write_text(written, encoding="utf-8")
    command = [sys.executable, str(ROOT / "benchmarks" / "page.py"), str(figures), str(copy)]
    subprocess.run(command, check=True)
    assert copy.read_text(encoding="utf-8") == written, f"run `{' '.join(command[1:3])} {page}`"


def test_every_clause_is_a_sentence_with_its_test(generate: ModuleType) -> None:
    page = generate.contract()
    clauses = {name for cls in CONTRACTS for name in dir(cls) if name.startswith("test_")}
    for name in clauses:
        sentences = re.findall(rf"^\| (.+) \| `{name}` \|$", page, re.MULTILINE)
        assert sentences, name
        assert all(sentence.endswith(".") for sentence in sentences), name
    assert set(re.findall(r"^\| .+ \| `(\w+)` \|$", page, re.MULTILINE)) == clauses


def test_every_hook_has_its_section(generate: ModuleType) -> None:
    for name in HOOKS:
        assert f"## {name}\n" in generate.hooks()


def test_every_setting_of_llmlog_is_listed_and_explained(generate: ModuleType) -> None:
    rows = re.findall(
        r"^\| `\w+` \|.*$", generate._table(None, generate.CoreSettings), re.MULTILINE
    )
    assert len(rows) == len(generate.options(generate.CoreSettings))
    for row in rows:
        assert row.rstrip(" |").rpartition("| ")[2], row


def install(folder: Path) -> None:
    info = folder / "llmlog_parcel-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: llmlog-parcel\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(INFO)


@pytest.mark.skipif(sys.platform == "win32", reason="paths are joined with colons")
def test_the_tutorial_leads_to_a_plugin_that_passes_the_contract(tmp_path: Path) -> None:
    pytest.importorskip("cookiecutter")
    from llmlog.cli import main

    assert main(["new", "parcel", "--directory", str(tmp_path)]) == 0
    plugin = tmp_path / "llmlog-parcel"
    files = FILE.findall((DOCS / "tutorial.md").read_text(encoding="utf-8"))
    assert len(files) == 3
    for name, source in files:
        assert (plugin / name).is_file(), name
        (plugin / name).write_text(source, encoding="utf-8")
    install(plugin / "src")
    environ = {**os.environ, "PYTHONPATH": ":".join([str(plugin / "src"), *sys.path])}
    for more in ({"LLMLOG_UPDATE_GOLDEN": "1"}, {}):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=plugin, env={**environ, **more}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
    assert "SKIPPED" not in done.stdout


def test_an_applications_tests_run_as_the_page_says(tmp_path: Path) -> None:
    files = FILE.findall((DOCS / "testing.md").read_text(encoding="utf-8"))
    assert len(files) == 3
    for name, source in files:
        (tmp_path / name).write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


FAULTS = re.compile(r"^\| ([ACD]\d+) [^|]+ \| [^|]+ \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w./]+)::(\w+)`")
ELSEWHERE = {"network": "network_faults", "process": "process_faults", "disk": "disk_faults",
             "exit": "process"}  # fmt: skip


def test_every_fault_has_its_tests_or_a_reason() -> None:
    rows = dict(FAULTS.findall((DOCS / "faults.md").read_text(encoding="utf-8")))
    expected = [("A", range(1, 46)), ("C", range(57, 82)), ("D", range(82, 106))]
    assert set(rows) == {f"{group}{number}" for group, span in expected for number in span}
    for name, said in rows.items():
        named = NAMED.findall(said)
        assert named or "not tested" in said, name
        for place, test in named:
            file = place if "/" in place else f"core/tests/test_{ELSEWHERE.get(place, place)}.py"
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), (name, test)
