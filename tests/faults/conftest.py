"""Install the sample plugins: their metadata, in a folder of the path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SAMPLES = {
    "sample-http": ("llmlog", "exporter", "SAMPLE_HTTP_API_KEY.SAMPLE_HTTP_URL"),
    "sample-client": ("llmlog", "exporter", "SAMPLE_CLIENT_PATH.SAMPLE_CLIENT_PASSWORD"),
    "sample-hooks": ("llmlog", "exporter", ""),
    "sample-eager": ("llmlog", "exporter", ""),
    "sample-alerts": ("llmlog", "exporter", "SAMPLE_ALERTS_API_KEY.SAMPLE_ALERTS_URL"),
    "sample-otlp": ("llmlog", "exporter", "SAMPLE_OTLP_API_KEY.SAMPLE_OTLP_URL"),
    "sample-bridge": ("llmlog.bridges", "connect", ""),
    "sample-instrumentor": ("llmlog.instrumentors", "instrumentor", ""),
    "sample-coverage": ("llmlog.instrumentors", "instrumentor", ""),
}


def install(folder: Path, name: str) -> None:
    group, declared, requires = SAMPLES[name]
    info = folder / f"llmlog_{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: llmlog-{name}\nVersion: 1.0\n")
    entries = f"[{group}]\n{name} = faults.{name.replace('-', '_')}:{declared}\n"
    needs = f"[llmlog.requires]\n{name} = {requires}\n" if requires else ""
    (info / "entry_points.txt").write_text(entries + needs)


@pytest.fixture(autouse=True, scope="session")
def installed_samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the samples' metadata where Python looks for it."""
    folder = tmp_path_factory.mktemp("samples")
    for name in SAMPLES:
        install(folder, name)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))
