"""Rows 2, 6 and 7: a burst into one batcher, in this process; prints how many never arrived.

python batches.py PEER FAULT EVENTS
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

SINK_S = {"slow50": 0.05, "slow200": 0.2}


class Sink:
    """Takes batches of ids as its fault says, and knows what arrived."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.arrived: list[str] = []
        self.requests = 0

    def take(self, ids: Sequence[str]) -> bool:
        """Take a batch; False is a failure. May raise."""
        self.requests += 1
        time.sleep(SINK_S.get(self.fault, 0.0))
        if self.fault == "fails" and self.requests % 2 == 0:
            return False
        if self.requests == 3 and self.fault in ("raises", "exits"):
            raise (SystemExit if self.fault == "exits" else RuntimeError)(self.fault)
        self.arrived += ids
        return True


def with_llmlog(sink: Sink, events: int) -> None:
    """Log a burst, and wait for its end."""
    from attrs import evolve, frozen

    from llmlog import ClientExporter, Limits, Retryable
    from llmlog.logger import Logger
    from llmlog.testing import sample

    @frozen
    class Settings:
        """None."""

    def send(_: Any, __: Any, batch: Any) -> Retryable | None:
        return None if sink.take([each.id for each in batch]) else Retryable("failed")

    exporter = ClientExporter(
        name="sink", settings=Settings, connect=bool, send=send,
        limits=Limits(events=512, age_s=1.0),
    )  # fmt: skip
    logger = Logger(plugins=[exporter], environ={}, file=False,
                    plugin={"sink": {"queue_events": max(20_000, events)}})  # fmt: skip
    payload = sample("bare")
    for number in range(events):
        logger.log(evolve(payload, id=str(number)))
    logger.flush(90)


def with_otel(sink: Sink, events: int) -> None:
    """End a burst of spans before a BatchSpanProcessor with its defaults."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )

    class Exporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            taken = sink.take([span.name for span in spans])
            return SpanExportResult.SUCCESS if taken else SpanExportResult.FAILURE

    threading.excepthook = lambda *_: None
    processor = BatchSpanProcessor(Exporter())
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("burst")
    for number in range(events):
        tracer.start_span(str(number)).end()
    processor.force_flush(90_000)
    time.sleep(12)


def with_litellm(sink: Sink, events: int) -> None:
    """Append events to a subclass of CustomBatchLogger as its own ones do."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    from litellm.integrations.custom_batch_logger import CustomBatchLogger

    class Batches(CustomBatchLogger):
        async def async_send_batch(self) -> None:
            batch = list(self.log_queue)
            await asyncio.sleep(SINK_S.get(sink.fault, 0.0))
            sink.arrived += batch

    async def burst() -> None:
        batches = Batches(flush_lock=asyncio.Lock(), batch_size=512, flush_interval=1)
        periodic, flushing = asyncio.create_task(batches.periodic_flush()), set()
        for number in range(events):
            batches.log_queue.append(str(number))
            if len(batches.log_queue) >= batches.batch_size:
                flushing.add(asyncio.create_task(batches.flush_queue()))
            await asyncio.sleep(0)
        await asyncio.sleep(5)
        periodic.cancel()

    asyncio.run(burst())


PEERS: dict[str, Callable[[Sink, int], None]] = {
    "llmlog": with_llmlog, "otel": with_otel, "litellm": with_litellm
}  # fmt: skip


def main() -> None:
    """Print events that never arrived."""
    peer, fault, events = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    sink = Sink(fault)
    PEERS[peer](sink, int(events))
    sys.stdout.write(f"lost {int(events) - len(set(sink.arrived))}\n")
    sys.stdout.flush()
    os._exit(0)


main()
