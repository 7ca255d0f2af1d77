"""Shared by the core's tests."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from llmlog.delivery.lane import Lane
from llmlog.delivery.lane_parts import LaneParts
from llmlog.exporter import Limits
from llmlog.logger import Logger
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.virtual import VirtualClock, seeded


@pytest.fixture
def lane() -> Iterator[Callable[..., Lane]]:
    """Return a maker of lanes to a backend; they are ended after, even if it never takes an event."""
    lanes: list[Lane] = []

    def make(backend: Any, **changes: Any) -> Lane:
        parts = {"clock": VirtualClock(), "limits": Limits(events=10, age_s=0.01),
                 "chance": seeded(), **changes}  # fmt: skip
        lanes.append(Lane(LaneParts(
            exporter="x", destination="d", open_sender=lambda: backend, **parts)))  # fmt: skip
        return lanes[-1]

    yield make
    for made in lanes:
        made.begin_close(float("-inf"))
        made.finish_close()


@pytest.fixture
def make_logger() -> Iterator[Callable[..., Logger]]:
    """Return a maker of Loggers that read no environment and no file; they are closed after."""
    made: list[Logger] = []

    def make(*plugins: object, **settings: Any) -> Logger:
        logger = Logger(plugins=list(plugins), environ={}, file=False, **settings)
        made.append(logger)
        return logger

    yield make
    for logger in made:
        logger.close(1)


@pytest.fixture
def without_re2(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes the optional engine unavailable until the test ends."""
    real = builtins.__import__

    def refuse(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "re2":
            raise ImportError(name)
        return real(name, *arguments, **named)

    return lambda: monkeypatch.setattr(builtins, "__import__", refuse)


def _install(
    folder: Path, name: str, source: str, entry: str | None = None,
    requires: str | None = None, distribution: str | None = None,
) -> None:  # fmt: skip
    """Put a module with `source` and its metadata into `folder`."""
    module = f"llmlog_{(distribution or name).replace('-', '_')}"
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: llmlog-{distribution or name}\nVersion: 1.0\n"
    )
    groups: Mapping[str, str | None] = {
        "llmlog": f"{name} = {entry or module + ':exporter'}",
        "llmlog.requires": f"{name} = {requires}" if requires else None,
    }
    (info / "entry_points.txt").write_text(
        "".join(f"[{group}]\n{line}\n" for group, line in groups.items() if line)
    )


_WORKING = """
import sys
from pathlib import Path
from attrs import frozen
from llmlog import HTTPExporter, Request, Secret, env

Path(__file__).with_suffix(".imported").touch()

@frozen
class Settings:
    key: Secret = env("DUMMY_KEY", help="key")
    url: str = env("DUMMY_URL", default="http://127.0.0.1:1", help="where to")

def encode(settings, batch):
    return Request.json(settings.url, [payload.id for payload in batch])

exporter = HTTPExporter(name={name!r}, settings=Settings, encode=encode)
"""


@pytest.fixture
def install() -> Callable[..., None]:
    """Return what makes an installed distribution: `install(folder, name, source, ...)`."""
    return _install


@pytest.fixture
def working() -> Callable[[str], str]:
    """Return what makes the source of a working exporter with a name."""
    return lambda name: _WORKING.format(name=name)


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    """Return a backend that takes everything."""
    with ScriptedEndpoint() as made:
        yield made


@pytest.fixture
def site(
    install: Callable[..., None], working: Callable[[str], str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, endpoint: ScriptedEndpoint,
) -> Iterator[Path]:  # fmt: skip
    """Install a plugin whose backend is the endpoint, with a directory to keep things."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUMMY_KEY", "fake")
    monkeypatch.setenv("DUMMY_URL", endpoint.url)
    monkeypatch.setenv("LLMLOG_PLUGINS", "dummy")
    monkeypatch.setenv("LLMLOG_DIRECTORY", str(tmp_path / "kept"))
    install(tmp_path, "dummy", working("dummy"))
    yield tmp_path / "kept"
    sys.modules.pop("llmlog_dummy", None)
