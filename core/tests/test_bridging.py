"""What bridges rest on: own ids, payloads made complete, one record of two tales."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from attrs import evolve

import llmlog
from llmlog import Call, Cost, Logger, Payload, Timing, Usage, bridging
from llmlog.bridging import Span
from llmlog.testing.records import Records

RUN = "01926f4e-7d3a-7abc-8def-0123456789ab"
RANDOM = UUID("5a0c0b5e-7e5c-4c3e-9d5f-0123456789ab")


@pytest.fixture
def records() -> Iterator[Records]:
    made = Records()
    settings = {"prices": {"m": {"input": 1.0, "output": 2.0}}, "service": "shop"}
    made.logger = Logger(plugins=[made], environ={}, file=False, **settings)
    yield made
    made.logger.close(1)


def payload(**more: object) -> Payload:
    given = {"id": RUN, "kind": "chat", "status": "success", "trace_id": "a" * 32,
             "span_id": "b" * 16, "timing": Timing(start_unix_ns=1, end_unix_ns=2)}  # fmt: skip
    return Payload(**{**given, **more})  # type: ignore[arg-type]


class TestIds:
    @pytest.mark.parametrize("identity", [RUN, RUN.replace("-", ""), UUID(RUN)])
    def test_a_call_may_bring_its_id(self, identity: object, records: Records) -> None:
        assert records.logger is not None
        call = records.logger.start_call(model="m", id=identity)
        call.finish("x")
        made = records.one()
        assert (made.id, made.span_id) == (RUN, RUN.replace("-", "")[16:])

    @pytest.mark.parametrize("identity", [None, "", "x", 7, RANDOM, str(RANDOM), object()])
    def test_what_is_no_sortable_id_is_none(self, identity: object, records: Records) -> None:
        assert records.logger is not None
        records.logger.start_call(model="m", id=identity).finish("x")
        made = records.one()
        assert UUID(made.id).version == 7
        assert made.id != str(identity)

    def test_each_call_of_a_decorated_function_is_its_own(self, records: Records) -> None:
        assert records.logger is not None

        @records.logger.call(kind="tool", id=RUN)
        def look() -> None: ...

        look()
        look()
        assert len({made.id for made in records.all()}) == 2

    def test_an_id_made_of_a_seed_is_the_same_and_sorts(self) -> None:
        first, again, later = (bridging.id_from(ns, "x") for ns in (10**18, 10**18, 2 * 10**18))
        assert first == again < later
        assert UUID(int=first).version == 7
        assert bridging.id_from(10**18, "y") != first


class TestPayloads:
    def test_what_a_payload_does_not_say_is_the_loggers(self, records: Records) -> None:
        assert records.logger is not None
        usage = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
        records.logger.log(payload(request_model="m", usage=usage))
        made = records.one()
        assert (made.service_name, made.sdk_version) == ("shop", llmlog.__version__)
        assert made.cost == Cost(total=3.0, input=1.0, output=2.0, source="settings", model="m")

    def test_what_it_says_stays(self, records: Records) -> None:
        assert records.logger is not None
        said = payload(service_name="theirs", cost=Cost(total=9.0), usage=Usage(input_tokens=1))
        records.logger.log(said)
        made = records.one()
        assert (made.service_name, made.cost) == ("theirs", Cost(total=9.0))

    def test_a_cached_answer_costs_nothing(self, records: Records) -> None:
        assert records.logger is not None
        records.logger.log(payload(request_model="m", cache_hit=True, usage=Usage(input_tokens=9)))
        assert records.one().cost == Cost(total=0.0, source="cache")

    def test_a_complete_one_stays_as_it_is(self, records: Records) -> None:
        assert records.logger is not None
        whole = payload(sdk_version="0.0.1", request_model="m", usage=Usage(input_tokens=9))
        records.logger.log(whole)
        assert records.one() == whole

    def test_a_function_is_asked_for_it_on_llmlogs_thread(self, records: Records) -> None:
        assert records.logger is not None
        records.logger.log(lambda: evolve(payload(), name="made"))
        assert records.one().name == "made"

    def test_a_function_that_fails_takes_nothing_along(self, records: Records) -> None:
        def broken() -> Payload:
            raise LookupError

        assert records.logger is not None
        records.logger.log(broken)
        records.logger.log(payload())
        assert records.one().id == RUN


class TestOverlap:
    def test_what_happens_in_a_call_is_part_of_it_until_it_ends(self, records: Records) -> None:
        assert records.logger is not None
        call = records.logger.start_call(model="m")
        token = bridging.enter(call)
        assert bridging.is_asked(records.logger)
        call.finish("x")
        assert not bridging.is_asked(records.logger)
        bridging.leave(token)

    def test_another_loggers_call_is_another_call(self, records: Records) -> None:
        assert records.logger is not None
        with Logger(plugins=[], environ={}, file=False) as other:
            token = bridging.enter(other.start_call(model="m"))
            assert not bridging.is_asked(records.logger)
            bridging.leave(token)

    def test_leaving_in_another_context_disturbs_nobody(self, records: Records) -> None:
        assert records.logger is not None
        call = records.logger.start_call(model="m")

        async def main() -> None:
            async def enter() -> object:
                return bridging.enter(call)

            bridging.leave(await asyncio.create_task(enter()))  # type: ignore[arg-type]
            assert not bridging.is_asked(call.logger)

        asyncio.run(main())

    def test_witnesses_place_a_call_and_hear_of_it(self, records: Records) -> None:
        place = Span("c" * 32, "d" * 16, (7,))

        class Witness:
            heard: list[Call] = []

            def place(self, logger: Logger) -> Span | None:
                return place

            def begun(self, call: Call) -> None:
                self.heard.append(call)

        class Broken(Witness):
            def place(self, logger: Logger) -> Span | None:
                raise LookupError

            begun = place  # type: ignore[assignment]

        assert records.logger is not None
        witnesses = [Broken(), Witness()]
        for witness in witnesses:
            bridging.add_witness(witness)
        try:
            call = bridging.begin(records.logger, {"model": "m"})
        finally:
            for witness in witnesses:
                bridging.remove_witness(witness)
                bridging.remove_witness(witness)
        assert (call.span.trace_id, call.parent) == (place.trace_id, place)
        assert Witness.heard == [call]
        assert bridging.begin(records.logger, {"model": "m"}).parent is None


def test_unknown_libraries_are_named() -> None:
    with pytest.raises(llmlog.PluginError, match="did you mean 'openai'"):
        llmlog.instrument("openia")


def test_public_names_of_bridging_are_there() -> None:
    for name in bridging.__all__:
        assert getattr(bridging, name) is not None
