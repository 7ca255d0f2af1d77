"""The Logger: who gets what, and the account of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from attrs import evolve, frozen

import llmlog
from llmlog import HTTPExporter, Limits, Request, env
from llmlog.dispatcher import UNWEIGHED
from llmlog.logger import Logger
from llmlog.payload import Cost, Payload
from llmlog.redaction import HIDDEN
from llmlog.testing import SAMPLES, Answer, ScriptedEndpoint, sample
from llmlog.testing.contract import CANARY, with_canary
from llmlog.testing.records import Records

Make = Callable[..., Logger]


@frozen
class Settings:
    url: str = env("EXAMPLE_URL", help="where to")


def exporter(name: str = "example") -> HTTPExporter[Settings]:
    return HTTPExporter(
        name=name, settings=Settings, limits=Limits(age_s=0.01),
        encode=lambda settings, batch: Request.json(settings.url, [p.id for p in batch]),
    )  # fmt: skip


def names(records: Records, logger: Logger) -> list[str]:
    assert logger.flush(10).complete
    return [payload.id for payload in records.all()]


def test_two_loggers_share_nothing(make_logger: Make) -> None:
    one, two = Records(), Records()
    first, second = make_logger(one), make_logger(two)
    first.log(sample("chat"))
    second.log(sample("failure"))
    assert names(one, first) == [sample("chat").id]
    assert names(two, second) == [sample("failure").id]


def test_success_and_failure_lists_can_differ(make_logger: Make) -> None:
    good, bad = Records(), Records()
    logger = make_logger(good, bad, plugin={"records": {"events": ["success"]},
                                            "records-2": {"events": "failure"}})  # fmt: skip
    for name in ("chat", "failure", "aborted", "blocked"):
        logger.log(sample(name))
    assert names(good, logger) == [sample("chat").id]
    assert names(bad, logger) == [sample(name).id for name in ("failure", "aborted", "blocked")]


def test_plugins_are_added_and_left_out_per_call(make_logger: Make) -> None:
    always, extra = Records(), Records()
    logger = make_logger(always)
    with logger.call(model="both", plugins=[extra]) as call:
        call.finish("x")
    with logger.call(model="extra", plugins=[extra], without=["records"]) as call:
        call.finish("x")
    with logger.call(model="plain") as call:
        call.finish("x")
    assert logger.flush(5).complete
    assert [payload.request_model for payload in always.all()] == ["both", "plain"]
    assert [payload.request_model for payload in extra.all()] == ["both", "extra"]


def test_a_plugin_added_that_is_none_harms_nothing(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records)
    with logger.call(plugins=["no-such", object()]) as call:
        call.finish("x")
    assert len(names(records, logger)) == 1


def test_content_is_hidden_by_setting_or_by_call_and_never_shown_again(make_logger: Make) -> None:
    shown, hidden = Records(), Records()
    logger = make_logger(shown, hidden, plugin={"records-2": {"content": "none"}})
    logger.log(with_canary(sample("failure")))
    with logger.call(messages=CANARY, content="none") as call:
        call.finish(CANARY)
    with logger.call(messages=CANARY, content="full") as call:
        call.finish(CANARY)
    assert logger.flush(5).complete
    assert [CANARY in repr(payload) for payload in shown.all()] == [True, False, True]
    assert [CANARY in repr(payload) for payload in hidden.all()] == [False, False, False]
    assert hidden.all()[1].input_messages[0].text == HIDDEN


def test_metadata_keys_are_allowed_or_denied(make_logger: Make) -> None:
    allowed, denied = Records(), Records()
    logger = make_logger(allowed, denied, plugin={"records": {"metadata": "order"},
                                                  "records-2": {"hide_metadata": ["order"]}})  # fmt: skip
    logger.log(sample())
    assert logger.flush(5).complete
    assert set(allowed.all()[0].metadata) == {"order"}
    assert set(denied.all()[0].metadata) == {"nested"}


def test_sampling_keeps_failures_and_says_its_weight(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, plugin={"records": {"sample": 0.25}})
    for number in range(400):
        trace = f"{number:032x}"[:18] + f"{number * 2**56 // 400:014x}"
        logger.log(evolve(sample(), trace_id=trace))
        logger.log(evolve(sample("failure"), trace_id=trace))
    assert logger.flush(20).complete
    kept = records.all()
    assert sum(payload.failed for payload in kept) == 400
    assert sum(payload.status == "success" for payload in kept) == 100
    assert {payload.sample_weight for payload in kept if not payload.failed} == {4.0}


def test_one_of_ten_that_hangs_raises_or_is_slow_costs_the_others_nothing() -> None:
    release = threading.Event()

    class Hanging:
        name = "hanging"

        @llmlog.hookimpl
        def log_success(self, payload: Payload) -> None:
            release.wait(30)

    class Raising:
        name = "raising"

        @llmlog.hookimpl
        def log_success(self, payload: Payload) -> None:
            raise SystemExit

    slow = Answer(delay_s=0.2)
    with ScriptedEndpoint() as endpoint, ScriptedEndpoint(default=slow) as sluggish:
        good = [exporter(f"good{number}") for number in range(7)]
        urls = {plugin.name: {"url": endpoint.url} for plugin in good}
        logger = Logger(
            plugins=[Hanging(), Raising(), exporter("slow"), *good], environ={}, file=False,
            plugin={**urls, "slow": {"url": sluggish.url}},
        )  # fmt: skip
        for name in SAMPLES:
            logger.log(evolve(sample(name), status="success"))
        report = logger.flush(10 if False else 3)
        stats = {item.exporter: item for item in logger.stats()}
        assert report.pending == {"hanging": len(SAMPLES)}
        assert {stats[plugin.name].delivered for plugin in good} == {len(SAMPLES)}
        assert stats["slow"].delivered == len(SAMPLES)
        assert stats["raising"].dropped == {"rejected": len(SAMPLES)}
        assert all(item.balanced for item in stats.values())
        release.set()
        logger.close(1)


def test_flush_reports_what_is_not_delivered(make_logger: Make) -> None:
    with ScriptedEndpoint(default=Answer(status=503)) as endpoint:
        logger = make_logger(exporter(), plugin={"example": {"url": endpoint.url}})
        logger.log(sample())
        assert logger.flush(0.3).pending == {"example": 1}
        assert not asyncio.run(logger.aflush(0.1)).complete
        endpoint.default = Answer()
        assert logger.flush(30).complete


def test_close_is_final_and_counted() -> None:
    records = Records()
    logger = Logger(plugins=[records], environ={}, file=False)
    logger.log(sample())
    logger.close()
    logger.log(sample())
    with logger.call() as call:
        call.finish("x")
    logger.close()
    assert len(records.all()) == 1
    assert logger.stats()[0].dropped == {"intake_full_or_closed": 2}


def test_a_full_intake_is_counted(make_logger: Make) -> None:
    gate = threading.Event()

    class Blocking:
        name = "blocking"

        @llmlog.hookimpl
        def redact(self, payload: Payload) -> None:
            gate.wait(10)

    logger = make_logger(Blocking(), Records(), intake=3)
    for _ in range(10):
        logger.log(sample())
    dropped = logger.stats()[0].dropped["intake_full_or_closed"]
    assert dropped >= 6
    gate.set()
    assert logger.flush(5).complete
    assert logger.stats()[0].balanced


def test_an_intake_is_full_by_its_bytes_too(make_logger: Make) -> None:
    gate = threading.Event()

    class Blocking:
        name = "blocking"

        @llmlog.hookimpl
        def redact(self, payload: Payload) -> None:
            gate.wait(20)

    records = Records()
    logger = make_logger(Blocking(), records, intake_bytes=1_000_000)
    for _ in range(500):
        with logger.call(messages=[{"role": "user", "content": "x" * 20_000}]) as call:
            call.finish("y" * 20_000)
    refused = logger.stats()[0].dropped["intake_full_or_closed"]
    assert 500 - UNWEIGHED - 30 <= refused < 500 - UNWEIGHED
    gate.set()
    assert logger.flush(20).complete
    assert logger.stats()[0].balanced
    assert len(records.all()) == 500 - refused
    for _ in range(UNWEIGHED):
        logger.log(sample())
    assert logger.flush(20).complete
    assert logger.stats()[0].dropped == {"intake_full_or_closed": refused}


def test_facts_of_the_process_are_in_the_record(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, service="shop", environment="test", release="1.2")
    with logger.call() as call:
        call.finish("x")
    names(records, logger)
    payload = records.one()
    assert (payload.service_name, payload.environment, payload.release) == ("shop", "test", "1.2")
    assert payload.sdk_version == llmlog.__version__
    assert payload.host_name


class TestCost:
    usage = llmlog.Usage(input_tokens=1_000_000, cache_read_tokens=1_000_000,
                         output_tokens=500_000, reasoning_tokens=500_000)  # fmt: skip

    def cost(self, make_logger: Make, **fields: object) -> Cost | None:
        records = Records()
        prices = {"mine": {"input": 1.0, "output": 2.0, "cache_read": 0.5}}
        logger = make_logger(records, prices=prices)
        with logger.call(model="mine", usage=self.usage) as call:
            call.set(**fields)  # type: ignore[arg-type]
            call.finish("x")
        names(records, logger)
        return records.one().cost

    def test_own_prices_win(self, make_logger: Make) -> None:
        cost = self.cost(make_logger)
        assert cost == Cost(total=3.5, input=1.5, output=2.0, source="settings", model="mine")

    def test_a_given_cost_stays(self, make_logger: Make) -> None:
        assert self.cost(make_logger, cost=Cost(total=7.0)) == Cost(total=7.0)

    def test_a_cache_hit_costs_nothing(self, make_logger: Make) -> None:
        cost = self.cost(make_logger, cache_hit=True)
        assert cost is not None
        assert (cost.total, cost.source) == (0.0, "cache")

    def test_the_price_library_knows_published_prices(self, make_logger: Make) -> None:
        library = pytest.importorskip("genai_prices")
        cost = self.cost(make_logger, model="gpt-4o-mini", provider="openai")
        assert cost is not None
        # OpenAI's price list: 0.15 per million in, 0.075 cached, 0.60 out.
        assert cost.total == pytest.approx(0.15 + 0.075 + 0.60)
        assert (cost.source, cost.version) == ("genai-prices", library.__version__)

    def test_unknown_is_none_with_a_reason(self, make_logger: Make) -> None:
        cost = self.cost(make_logger, model="nobody-knows-this-model")
        assert cost is not None
        assert cost.total is None
        assert cost.reason


class Closing:
    """A plugin that remembers how it was closed."""

    name = "closing"

    def __init__(self, *, misspelt: bool = False) -> None:
        self.closed = 0
        if misspelt:
            self.log_failure = lambda payload: None

    @llmlog.hookimpl
    def log_success(self, payload: Payload) -> None: ...

    def close(self) -> None:
        self.closed += 1


def test_closing_twice_is_closing_once() -> None:
    plugin = Closing()
    logger = Logger(plugins=[plugin], environ={}, file=False)
    logger.log(sample())
    began = time.monotonic()
    logger.close()
    logger.close()
    assert plugin.closed == 1
    assert time.monotonic() - began < logger.settings.exit_timeout_s


def test_a_refused_logger_leaves_nothing_open() -> None:
    good, bad = Closing(), Closing(misspelt=True)
    with pytest.raises(llmlog.SettingsError, match="mark 'log_failure'"):
        Logger(plugins=[good, bad], environ={}, file=False)
    assert good.closed == 1


def test_what_there_is_no_time_for_at_the_end_is_counted(make_logger: Make) -> None:
    gate = threading.Event()

    class Slow:
        name = "slow"

        @llmlog.hookimpl
        def redact(self, payload: Payload, destination: str) -> None:
            gate.wait(20)

    logger = make_logger(Records(), Slow())
    for _ in range(10):
        logger.log(sample())
    logger.close(0.05)
    intake = logger.stats()[0]
    assert (intake.accepted, intake.dropped.get("shutdown", 0) + intake.pending) == (10, 10)
    assert intake.pending <= 1
    gate.set()
