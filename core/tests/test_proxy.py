"""Every fault of the proxy really happens, and costs no event."""

from __future__ import annotations

import pytest
from attrs import frozen

from llmlog import HTTPExporter, Limits, Request, env
from llmlog.logger import Logger
from llmlog.testing import FAULTS, Answer, Fault, FaultProxy, ScriptedEndpoint, sample


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")


EXPORTER = HTTPExporter(
    name="example", settings=Settings, limits=Limits(age_s=0.01, timeout_s=1.0),
    encode=lambda settings, batch: Request.json(settings.url, [p.id for p in batch]),
)  # fmt: skip
TWICE = {"reply lost", "reply lost by reset", "reply cut short", "reset in the reply"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_costs_no_event(fault: Fault) -> None:
    closing = Answer(headers={"connection": "close"})
    with (
        ScriptedEndpoint(default=closing) as endpoint,
        FaultProxy(endpoint.url, fault, fault) as proxy,
        Logger(plugins=[EXPORTER], environ={"EXAMPLE_URL": proxy.url}, file=False) as logger,
    ):
        for _ in range(2):
            logger.log(sample())
            assert logger.flush(20).complete
        stats = logger.stats()[1]
        harmless = fault.name in ("late", "drop by drop")
        assert (stats.delivered, stats.lost, stats.balanced) == (2, 0, True)
        assert stats.retried == (0 if harmless else 2)
        assert proxy.happened == {fault.name: 2, **({} if harmless else {"none": 2})}
        assert len(endpoint.requests) == (4 if fault.name in TWICE else 2)
