"""The template bakes siblings of the plugins, and the plugins are siblings of what it bakes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

main = pytest.importorskip("cookiecutter.main")

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "core" / "src" / "llmlog" / "templates" / "plugin"
FORMS = json.loads((TEMPLATE / "cookiecutter.json").read_text())["form"]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
COMMON = ("version", "readme", "license", "requires-python", "authors", "classifiers")
OPTIONAL = {"optional-dependencies", "scripts", "entry-points"}
PROOFS = {"server", "specification", "models", "client", "documentation"}


def bake(folder: Path, form: str, **answers: Any) -> Path:
    context = {"name": f"my-{form}", "description": "Send LLM calls to mine.", "form": form}
    return Path(main.cookiecutter(
        str(TEMPLATE), no_input=True, default_config=True, output_dir=str(folder),
        extra_context={**context, **answers},
    ))  # fmt: skip


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("baked")
    return {form: bake(folder, form) for form in FORMS}


@pytest.fixture(scope="module")
def model(baked: dict[str, Path]) -> Path:
    return baked["http"]


def sibling(folder: Path, baked: dict[str, Path]) -> Path:
    points = metadata(folder)["project"]["entry-points"]
    return baked["http" if "llmlog" in points else "instrumentor"]


def metadata(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def headings(folder: Path) -> list[str]:
    """Return the headings, with one word for what a plugin sends, stores, prints or counts."""
    lines = (folder / "README.md").read_text().splitlines()
    found = (line for line in lines if line.startswith(("# ", "## ")))
    return [re.sub(r"^## What it (?!cannot)\w+$", "## What it sends", line) for line in found]


def every_plugin() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("folder", PLUGINS, ids=[path.name for path in PLUGINS])


@every_plugin()
def test_a_plugins_metadata_is_that_of_the_template(folder: Path, model: Path) -> None:
    own, common = metadata(folder), metadata(model)
    assert list(own) == list(common)
    assert own["build-system"] == common["build-system"]
    for name in COMMON:
        if name != "version":
            assert own["project"][name] == common["project"][name], name
    keys = [key for key in own["project"] if key not in OPTIONAL]
    assert keys == [key for key in common["project"] if key not in OPTIONAL]
    assert own["project"]["keywords"][:3] == common["project"]["keywords"][:3]
    needs = [re.split(r"[\[>=<; ]", need)[0] for need in own["project"]["dependencies"]]
    assert needs == sorted(needs)
    assert not own["project"]["description"].endswith(".")


@every_plugin()
def test_an_exporters_readme_says_what_proves_it_and_what_keeps_one_copy(folder: Path) -> None:
    if "llmlog" not in metadata(folder)["project"]["entry-points"]:
        return
    text = (folder / "README.md").read_text()
    proven, copies = (re.search(rf"^- {said}: (.+)\.$", text, re.MULTILINE)
                      for said in ("Proven against", "Copies"))  # fmt: skip
    assert proven
    assert copies
    assert set(proven[1].split(", ")) <= PROOFS


@every_plugin()
def test_a_plugins_readme_has_the_headings_of_the_template(
    folder: Path, baked: dict[str, Path]
) -> None:
    own = headings(folder)
    assert own[0] == f"# llmlog-{folder.name}"
    common = headings(sibling(folder, baked))[1:]
    assert [heading for heading in own if heading in common] == common


@every_plugin()
def test_a_plugins_changelog_begins_as_the_templates(folder: Path, model: Path) -> None:
    start = (model / "CHANGELOG.md").read_text().partition("- ")[0]
    own = (folder / "CHANGELOG.md").read_text()
    title = start.partition("\n\n")[0]
    assert own.startswith(f"{title}\n\n## ")
    assert "## 0.1.0\n\n- First version" in own


@every_plugin()
def test_a_plugin_passes_the_contract(folder: Path) -> None:
    is_bridge = "llmlog.bridges" in metadata(folder)["project"]["entry-points"]
    if is_bridge and folder.name == "logging":
        pytest.skip("it correlates lines, and asks no model")
    sources = [path.read_text() for path in (folder / "tests").glob("test_*_contract.py")]
    kind = "Bridge" if is_bridge else ".*"
    mark = re.compile(rf"^class \w+\({kind}Contract\b", re.MULTILINE)
    assert any(mark.search(source) for source in sources)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_baked_is_a_folder_of_this_repository(form: str, baked: dict[str, Path]) -> None:
    folder = baked[form]
    assert folder.name == f"my-{form}"
    assert "tool" not in metadata(folder)
    module = folder / "src" / f"llmlog_my_{form}"
    assert {path.name for path in module.iterdir()} >= {"__init__.py", "py.typed"}
    assert {path.name for path in folder.iterdir()} == {
        "CHANGELOG.md", "README.md", "pyproject.toml", "src", "tests",
    }  # fmt: skip
    assert json.loads((folder / "tests" / "golden" / "samples.json").read_text())


@pytest.mark.parametrize("form", FORMS)
def test_the_forms_share_what_is_common(form: str, baked: dict[str, Path], model: Path) -> None:
    own, common = metadata(baked[form]), metadata(model)
    assert form == "instrumentor" or headings(baked[form])[1:] == headings(model)[1:]
    for name in COMMON:
        assert own["project"][name] == common["project"][name]


@pytest.mark.parametrize("form", FORMS)
def test_the_templates_golden_files_are_those_of_todays_samples(form: str, tmp_path: Path) -> None:
    if form == "otlp":
        pytest.importorskip("opentelemetry.proto")
    folder = bake(tmp_path, form)
    path = os.pathsep.join([str(folder / "src"), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "golden"],
        cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if os.environ.get("LLMLOG_UPDATE_GOLDEN"):
        keep(folder / "tests" / "golden" / "samples.json", form)
    assert done.returncode == 0, f"{done.stdout}\nLLMLOG_UPDATE_GOLDEN=1 pytest writes them anew"


def keep(golden: Path, form: str) -> None:
    """Put a golden file that was written anew into the template."""
    name = {"http": "entries", "client": "entries"}.get(form, form)
    place = TEMPLATE / "{{cookiecutter.__folder}}" / "tests" / "golden"
    text = golden.read_text(encoding="utf-8").replace(f"my-{form}", "{{ cookiecutter.name }}")
    (place / f"{{{{cookiecutter.__golden_{name}}}}}").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_the_template_is_left_over(form: str, tmp_path: Path) -> None:
    folder = bake(tmp_path, form, _standalone=True)
    for path in folder.rglob("*"):
        assert "{" not in path.name
        assert path.is_dir() or "cookiecutter" not in path.read_text()


def test_a_folder_of_its_own_has_settings_and_checks(tmp_path: Path) -> None:
    folder = bake(tmp_path, "http", _standalone=True, _authors="somebody")
    assert folder.name == "llmlog-my-http"
    assert set(metadata(folder)["tool"]) == {"pytest", "mypy", "ruff"}
    assert metadata(folder)["project"]["authors"] == [{"name": "somebody"}]
    checks = (folder / ".github" / "workflows" / "checks.yml").read_text()
    for command in ("ruff check .", "mypy src", "pytest", "python -m build"):
        assert f"- run: {command}" in checks
    assert "${{ matrix.python }}" in checks


@pytest.mark.parametrize("answers", [{"name": "My_Plugin"}, {"name": "x" * 31},
                                     {"description": "d" * 81}, {"description": 'a "b" c'},
                                     {"_authors": "back\\slash"}])  # fmt: skip
def test_answers_that_make_no_plugin_are_refused(answers: dict[str, str], tmp_path: Path) -> None:
    exceptions = pytest.importorskip("cookiecutter.exceptions")
    with pytest.raises(exceptions.FailedHookException):
        bake(tmp_path, "http", **answers)
    assert not list(tmp_path.iterdir())


def test_the_cores_template_is_the_one_at_the_root() -> None:
    assert (ROOT / "templates" / "plugin").resolve() == TEMPLATE
