"""The contract, on the sample plugins as they are at the moment."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from faults import (
    sample_alerts,
    sample_bridge,
    sample_client,
    sample_coverage,
    sample_eager,
    sample_hooks,
    sample_http,
    sample_instrumentor,
    sample_otlp,
)
from llmlog import Logger
from llmlog.testing import (
    Answer,
    ClientContract,
    ExporterContract,
    InstrumentorContract,
    MetricContract,
)
from llmlog.testing.contract import (
    AlertContract,
    BridgeContract,
    CoverageContract,
    Covered,
    OTLPContract,
)
from llmlog.testing.wire import event, json_answer


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
    settings = {"token": "fake-token-5b1d"}

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


class TestAlerts(AlertContract):
    exporter = Current(sample_alerts)
    golden = "sample_alerts"
    settings = {"api_key": "fake-key-5b1d", "url": "{url}/alerts"}


class TestOTLP(OTLPContract):
    exporter = Current(sample_otlp)
    golden = "sample_otlp"
    settings = {"api_key": "fake-key-5b1d", "url": "{url}/v1/traces"}


class TestBridge(BridgeContract):
    name = "sample-bridge"

    def connect(self, logger: Logger) -> Any:
        return sample_bridge.connect(logger)

    def ask(self, connected: Any) -> Any:
        return connected.chat("m")

    def fail(self, connected: Any) -> Any:
        return connected.chat("missing")


CALL = {"id": "c", "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}  # fmt: skip
PIECES = [event({"model": "m", "choices": [{"index": 0, "delta": {"content": word}}]})
          for word in ("Hel", "lo", "!")]  # fmt: skip


def said(**message: Any) -> Answer:
    """Return an answer in the chat completions form."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return json_answer({"model": "m", "choices": [choice]})


class TestCoverage(CoverageContract):
    instrumentor = Current(sample_coverage, "instrumentor")
    table = Path(__file__).with_name("golden") / "sample_coverage.json"
    calls = {"chat": Covered(
        ask=lambda client: client.ask(), stream=lambda client: client.stream(), pieces=PIECES,
        answer=said(content="Hello"), tool=said(content=None, tool_calls=[CALL]),
    )}  # fmt: skip

    def client(self, call: str, url: str, timeout_s: float) -> Any:
        return sample_coverage.Model(url, timeout_s)

    def aclient(self, call: str, url: str, timeout_s: float) -> Any:
        return None

    def refusal(self, status: int) -> Answer:
        return json_answer({"error": {"message": "No."}}, status)


class Eager(TestHTTP):
    exporter = Current(sample_eager)


class Weakened(TestHTTP):
    def test_a_retry_has_equal_bytes(self) -> None:
        """Say nothing."""
