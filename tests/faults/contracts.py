"""The contract, on the sample plugins as they are at the moment."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from faults import (
    sample_client,
    sample_eager,
    sample_hooks,
    sample_http,
    sample_instrumentor,
)
from llmlog.testing import (
    Answer,
    ClientContract,
    ExporterContract,
    InstrumentorContract,
    MetricContract,
)


class Current:
    """A declaration that is looked up in its module each time: a fault may have replaced it."""

    def __init__(self, module: ModuleType, name: str = "exporter") -> None:
        self._module, self._name = module, name

    def __get__(self, *_: object) -> Any:
        return getattr(self._module, self._name)


class TestHTTP(ExporterContract):
    exporter = Current(sample_http)
    golden = "sample_http"
    settings = {"api_key": "fake-key-5b1d", "url": "{url}/events"}
    partial = Answer(content=b'{"rejected": [1]}')


class TestClient(ClientContract):
    exporter = Current(sample_client)
    settings = {"path": "{url}/calls.jsonl", "password": "fake-password-5b1d"}

    def everything(self, place: str) -> str:
        return Path(place, "calls.jsonl").read_text()


class TestHooks(MetricContract):
    exporter = Current(sample_hooks)

    def shown(self, plugin: Any) -> str:
        return str(plugin.check())


class TestInstrumentor(InstrumentorContract):
    instrumentor = Current(sample_instrumentor, "instrumentor")

    def client(self) -> Any:
        return sample_instrumentor.Client()

    def ask(self, client: Any) -> Any:
        return client.chat("m")

    def fail(self, client: Any) -> Any:
        return client.chat("missing")


class Eager(TestHTTP):
    exporter = Current(sample_eager)


class Weakened(TestHTTP):
    def test_a_retry_has_equal_bytes(self) -> None:
        """Say nothing."""
