"""Hooks: called one by one, guarded, folded; misspelt ones refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import attrs
import pytest
from attrs import define, evolve

import llmlog
from llmlog.errors import PluginError, SettingsError
from llmlog.hooks import Hooks
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.redaction import HIDDEN
from llmlog.testing import sample
from llmlog.testing.records import Records

Make = Callable[..., Logger]


def test_a_misspelt_hook_is_refused_with_the_nearest(make_logger: Make) -> None:
    class Misspelt:
        @llmlog.hookimpl
        def log_sucess(self, payload: Payload) -> None: ...

    with pytest.raises(SettingsError, match="did you mean 'log_success'"):
        make_logger(Misspelt())


def test_an_unmarked_hook_is_refused(make_logger: Make) -> None:
    class Unmarked:
        def log_success(self, payload: Payload) -> None: ...

    with pytest.raises(SettingsError, match="mark 'log_success' with @llmlog.hookimpl"):
        make_logger(Unmarked())


def test_a_wrong_argument_is_refused() -> None:
    class Wrong:
        @llmlog.hookimpl
        def log_success(self, paylod: Payload) -> None: ...

    with pytest.raises(PluginError, match="paylod"):
        Hooks().register("wrong", Wrong())


def test_an_object_without_hooks_is_refused(make_logger: Make) -> None:
    with pytest.raises(SettingsError, match="implements no hook"):
        make_logger(object())


def test_a_class_instead_of_an_object_is_explained(make_logger: Make) -> None:
    with pytest.raises(SettingsError, match=r"Records\(\)"):
        make_logger(Records)


def test_two_equal_objects_are_two_plugins(make_logger: Make) -> None:
    @define
    class Equal:
        got: list[str] = attrs.field(factory=list)

        @llmlog.hookimpl
        def log_success(self, payload: Payload) -> None:
            self.got.append(payload.id)

    first, second = Equal(), Equal()
    logger = make_logger(first, second)
    logger.log(sample())
    assert logger.flush(5).complete
    assert first.got == second.got == [sample().id]


@pytest.mark.parametrize("fault", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit,
                                   asyncio.CancelledError, MemoryError])  # fmt: skip
def test_a_plugin_that_raises_harms_nobody(
    make_logger: Make, fault: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    class Raising:
        @llmlog.hookimpl
        def log_success(self, payload: Payload) -> None:
            raise fault("no")

    records = Records()
    logger = make_logger(Raising(), records)
    for _ in range(3):
        logger.log(sample())
    assert logger.flush(5).complete
    assert len(records.all()) == 3
    _, raising, good = logger.stats()
    assert (raising.dropped, good.delivered) == ({"rejected": 3}, 3)
    assert len([line for line in caplog.messages if fault.__name__ in line]) == 1


def test_async_and_sync_implementations_both_work(make_logger: Make) -> None:
    got = []

    class Async:
        @llmlog.hookimpl
        async def log_success(self, payload: Payload) -> None:
            await asyncio.sleep(0)
            got.append(payload.status)

        @llmlog.hookimpl
        def log_failure(self, payload: Payload) -> None:
            got.append(payload.status)

    logger = make_logger(Async())
    logger.log(sample("chat"))
    logger.log(sample("failure"))
    assert logger.flush(5).complete
    assert got == ["success", "failure"]


class TestRedact:
    def test_implementations_are_folded_in_order(self, make_logger: Make) -> None:
        class Adding:
            def __init__(self, name: str) -> None:
                self.name = name

            @llmlog.hookimpl
            def redact(self, payload: Payload) -> Payload:
                return evolve(payload, name=f"{payload.name}-{self.name}")

        records = Records()
        logger = make_logger(Adding("a"), Adding("b"), records)
        logger.log(sample())
        assert records_of(records, logger)[0].name == "greet-a-b"

    def test_one_that_knows_the_destination_changes_only_that(self, make_logger: Make) -> None:
        class Choosy:
            @llmlog.hookimpl
            def redact(self, payload: Payload, destination: str) -> Payload | None:
                return evolve(payload, name="changed") if destination == "records-2" else None

        first, second = Records(), Records()
        logger = make_logger(Choosy(), first, second)
        logger.log(sample())
        assert records_of(first, logger)[0].name == "greet"
        assert records_of(second, logger)[0].name == "changed"

    @pytest.mark.parametrize("result", ["raise", 42, "text"])
    def test_one_that_fails_hides_all_content(self, make_logger: Make, result: object) -> None:
        class Failing:
            @llmlog.hookimpl
            def redact(self, payload: Payload) -> object:
                if result == "raise":
                    raise SystemExit
                return result

        records = Records()
        logger = make_logger(Failing(), records)
        logger.log(sample("failure"))
        (payload,) = records_of(records, logger)
        assert payload.input_messages[0].text == HIDDEN
        assert payload.error is not None
        assert (payload.error.message, payload.error.stacktrace) == (HIDDEN, None)
        assert payload.metadata == {}
        assert payload.request_model == "gpt-4o-mini"

    def test_the_id_of_a_record_cannot_be_changed(self, make_logger: Make) -> None:
        class Renaming:
            @llmlog.hookimpl
            def redact(self, payload: Payload) -> Payload:
                return evolve(payload, id="other")

        records = Records()
        logger = make_logger(Renaming(), records)
        logger.log(sample())
        assert records_of(records, logger)[0].id == sample().id


def records_of(records: Records, logger: Logger) -> list[Payload]:
    assert logger.flush(5).complete
    return records.all()


class Guard:
    name = "guard"

    def __init__(self, *, fails_closed: bool = False) -> None:
        self.fails_closed = fails_closed

    @llmlog.hookimpl
    def pre_call(self, call: llmlog.Call) -> None:
        text = call.messages[0]["content"]
        if text == "raise":
            raise RuntimeError("the prompt was: raise")
        if text == "block":
            raise llmlog.Blocked("not allowed")
        if text == "edit":
            call.messages = [{"role": "user", "content": "edited"}]


def ask(logger: Logger, text: str) -> None:
    with logger.call(messages=[{"role": "user", "content": text}]) as call:
        call.finish("answer")


class TestPreCall:
    def test_it_may_block_and_the_caller_gets_it(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(Guard(), records)
        with pytest.raises(llmlog.Blocked, match="not allowed"):
            ask(logger, "block")
        (payload,) = records_of(records, logger)
        assert payload.status == "blocked"
        assert (payload.guardrails[0].verdict, payload.guardrails[0].reason) == (
            "blocked", "not allowed",
        )  # fmt: skip

    def test_it_may_edit_and_the_record_says_so(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(Guard(), records)
        ask(logger, "edit")
        ask(logger, "fine")
        edited, passed = records_of(records, logger)
        assert edited.input_messages[0].text == "edited"
        assert (edited.guardrails[0].verdict, passed.guardrails[0].verdict) == ("edited", "passed")

    def test_one_that_fails_lets_the_call_go_on(
        self, make_logger: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        records = Records()
        logger = make_logger(Guard(), records)
        with caplog.at_level(logging.WARNING):
            ask(logger, "raise")
        (payload,) = records_of(records, logger)
        assert (payload.status, payload.guardrails[0].verdict) == ("success", "error")
        assert payload.guardrails[0].reason == "RuntimeError"

    def test_unless_it_fails_closed(self, make_logger: Make) -> None:
        records = Records()
        logger = make_logger(Guard(fails_closed=True), records)
        with pytest.raises(llmlog.Blocked):
            ask(logger, "raise")
        assert records_of(records, logger)[0].status == "blocked"

    def test_an_async_one_works_in_every_way(self, make_logger: Make) -> None:
        class Async:
            @llmlog.hookimpl
            async def pre_call(self, call: llmlog.Call) -> None:
                await asyncio.sleep(0)
                raise llmlog.Blocked("async")

        logger = make_logger(Async())

        async def main() -> None:
            with pytest.raises(llmlog.Blocked):
                async with logger.call():
                    pass
            with pytest.raises(llmlog.Blocked), logger.call():
                pass

        asyncio.run(main())
        with pytest.raises(llmlog.Blocked):
            logger.start_call()
