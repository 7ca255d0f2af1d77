"""Environments of their own for the servers that are Python packages."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from servers.absence import last_line, unavailable

INSTALL_SECONDS = 900


@frozen
class Environment:
    """A virtual environment, made on first use and kept between runs.

    `prepare` is Python code that runs once in the new environment, with its folder as argument.
    """

    name: str
    requirements: tuple[str, ...]
    prepare: str = ""

    @property
    def folder(self) -> Path:
        """Where it lives: another folder for each Python, requirement and preparation."""
        recipe = repr((self.requirements, self.prepare, sys.base_prefix))
        digest = hashlib.sha256(recipe.encode()).hexdigest()[:8]
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return cache_folder() / f"{self.name}-{version}-{digest}"

    def program(self, name: str) -> Path:
        """Return the path of one of its programs, installing what is not there yet."""
        with _locked(self.folder):
            if not _complete(self.folder).exists():
                _install(self)
        return self.folder / "bin" / name


def cache_folder() -> Path:
    """Return where environments and models are kept between runs."""
    named = os.environ.get("LLMLOG_TEST_CACHE")
    return Path(named).resolve() if named else Path.home() / ".cache" / "llmlog-tests"


def _complete(folder: Path) -> Path:
    return folder / "complete"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time look at the folder and fill it."""
    fcntl = pytest.importorskip("fcntl", reason="servers: started on POSIX systems only")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(environment: Environment) -> None:
    """Make the environment anew, step by step; skip with the reason when a step fails."""
    folder = environment.folder
    shutil.rmtree(folder, ignore_errors=True)
    log_path = folder.with_name(folder.name + ".log")
    with log_path.open("wb") as log:
        for step in _steps(environment):
            problem = _run(step, log.fileno())
            if problem:
                unavailable(environment.name, f"{problem}: {last_line(log_path)}")
    _complete(folder).touch()


def _steps(environment: Environment) -> Iterator[Sequence[str | Path]]:
    folder, python = environment.folder, environment.folder / "bin" / "python"
    uv = shutil.which("uv")
    if uv:
        yield uv, "venv", "--quiet", "--no-project", "--python", sys.executable, folder
        yield uv, "pip", "install", "--quiet", "--python", python, *environment.requirements
    else:
        yield sys.executable, "-m", "venv", folder
        yield python, "-m", "pip", "install", "--quiet", *environment.requirements
    if environment.prepare:
        yield python, "-c", environment.prepare, folder


def _run(step: Sequence[str | Path], log: int) -> str:
    """Run one step; return "" when it went well, or what went wrong."""
    outer = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    env = {name: text for name, text in os.environ.items() if name not in outer}
    command = [str(part) for part in step]
    try:
        done = subprocess.run(
            command,
            cwd=cache_folder(),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"not installed, {type(problem).__name__}"
    return "" if done.returncode == 0 else f"not installed, code {done.returncode}"
