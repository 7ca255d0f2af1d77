"""One call, one record, however it is made and however it ends."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import gc
import json
import threading
import uuid
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import llmlog
from llmlog.identity import OwnSpan, Span, read_traceparent
from llmlog.schema import to_dict
from llmlog.snapshot import snapshot
from llmlog.testing.records import Records

MESSAGES = [{"role": "user", "content": "hi"}]
CHUNKS = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {"choices": [{"index": 0, "delta": {"content": "Hel"}}]},
    {"choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]},
]


def test_a_block_records_what_the_model_answered(llmlog_records: Records) -> None:
    with llmlog.call(model="m", provider="p", messages=MESSAGES, session="s", user="u",
                     tags=["t"], metadata={"k": 1}) as call:  # fmt: skip
        assert call.finish("hello") == "hello"
    payload = llmlog_records.one()
    assert (payload.id, payload.status, payload.kind) == (call.id, "success", "chat")
    assert payload.input_messages[0].text == "hi"
    assert payload.output_messages[0].text == "hello"
    assert (payload.session_id, payload.user_id, payload.tags) == ("s", "u", ("t",))
    assert payload.metadata == {"k": 1}
    assert payload.timing.duration_ns > 0
    assert payload.timing.time_to_first_token_ns is None
    assert payload.usage is None
    assert payload.error is None


def test_an_exception_passes_and_is_recorded(llmlog_records: Records) -> None:
    with pytest.raises(ValueError, match="boom"), llmlog.call(model="m"):
        raise ValueError("boom")
    payload = llmlog_records.one()
    assert payload.status == "failure"
    assert payload.error is not None
    assert (payload.error.type, payload.error.message) == ("ValueError", "boom")
    assert "test_an_exception" in (payload.error.stacktrace or "")


def test_cancellation_is_an_abort(llmlog_records: Records) -> None:
    async def main() -> None:
        async with llmlog.call(model="m"):
            await asyncio.sleep(60)

    async def cancelled() -> None:
        task = asyncio.create_task(main())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    assert llmlog_records.one().status == "aborted"


def test_the_first_ending_counts(llmlog_records: Records) -> None:
    call = llmlog.start_call(model="m")
    call.finish("a")
    call.fail(ValueError())
    call.finish("b")
    call.abort()
    assert llmlog_records.one().output_messages[0].text == "a"


def test_later_changes_do_not_reach_the_record(llmlog_records: Records) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "first"}]}]
    metadata = {"list": [1]}
    call = llmlog.start_call(model="m", messages=messages, metadata=metadata)
    messages[0]["content"][0]["text"] = "changed"  # type: ignore[index]
    messages.append({"role": "assistant", "content": "later"})
    metadata["list"].append(2)
    call.finish("x")
    payload = llmlog_records.one()
    assert [message.text for message in payload.input_messages] == ["first"]
    assert payload.metadata == {"list": [1]}


SAID: dict[str, Any] = {
    "messages": [{"role": "user", "content": "first"}, {"role": "user", "content": "first"}],
    "input": {"flat": 1, "deep": {"list": [{"a": ({"b": "first"},)}]}},
    "tools": [{"type": "function", "function": {"name": "first", "parameters": {}}}],
    "parameters": {"stop": ["first"], "seed": 1},
    "metadata": {"flat": "first"},
    "attributes": {"of": {"texts": ["first", "first"]}},
    "tags": ["first"],
    "rate_limit": {"of": "first"},
}


def _spoil(value: Any) -> None:
    """Change every container within a value, innermost first."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list, tuple)):
            _spoil(item)
    if isinstance(value, dict):
        value["spoilt"] = "later"
    elif isinstance(value, list):
        value.append("later")


@pytest.mark.parametrize("how", ["start", "set"])
def test_nothing_that_was_said_can_be_changed_later(how: str, llmlog_records: Records) -> None:
    given = copy.deepcopy(SAID)
    call = llmlog.start_call(**given) if how == "start" else llmlog.start_call().set(**given)
    _spoil(given)
    call.finish("x")
    llmlog.start_call(**SAID).finish("x")
    spoilt, untouched = (to_dict(payload) for payload in llmlog_records.all())
    assert {name: spoilt.get(name) for name in READ} == {name: untouched.get(name) for name in READ}


READ = ("input_messages", "input_value", "tools", "parameters", "metadata", "attributes", "tags",
        "rate_limit")  # fmt: skip


@pytest.mark.parametrize("way", ["finish", "output"])
def test_a_response_can_be_changed_after_the_end(way: str, llmlog_records: Records) -> None:
    response: dict[str, Any] = {"choices": [{"message": {"role": "assistant", "content": "first"}}]}
    call = llmlog.start_call(model="m")
    if way == "finish":
        call.finish(response)
    else:
        call.set(output=response)
    response["choices"][0]["message"]["content"] = "later"
    call.finish()
    assert llmlog_records.one().output_messages[0].text == "first"


@pytest.mark.parametrize(
    "messages",
    [[], ["a", "b"], [{"role": "user", "content": "a"}, "b"], [{}, None, ({"c": 1},)], ([],)],
)
def test_a_copy_is_equal_and_another(messages: Any) -> None:
    made = snapshot(messages)
    assert list(made) == [list(each) if type(each) is tuple else each for each in messages]
    assert made is not messages
    for own, given in zip(made, messages, strict=True):
        assert own is not given or not isinstance(given, (dict, list, tuple))


def _grown(grow: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return a dict that was flat at first."""
    made: dict[str, Any] = {"role": "user"}
    grow(made)
    return made


def _of_object() -> dict[str, Any]:
    made = SimpleNamespace(role="user")
    within = vars(made)
    made.content = [1]
    return within


def _of_instance() -> dict[str, Any]:
    made = type("Message", (), {})()
    made.role = "user"
    within = vars(made)
    made.content = [1]
    return within


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [1]},
        _grown(lambda made: made.update(content=[1])),
        _grown(lambda made: made.setdefault("content", [1])),
        _grown(lambda made: made.__ior__({"content": [1]})),
        json.loads('{"role": "user", "content": [1]}'),
        dict.fromkeys(("content", "role"), [1]),  # noqa: RUF024
        dict(zip(("content", "role"), ([1], "user"), strict=True)),
        _of_object(),
        _of_instance(),
    ],
)
@pytest.mark.parametrize("within", [lambda it: [it, {}], lambda it: {"a": it}, lambda it: it])
def test_a_list_is_found_in_a_dict_however_it_came_there(message: Any, within: Any) -> None:
    value = within(message)
    made = snapshot(value)
    assert made == value
    found = made if "content" in made else made["a"] if isinstance(made, dict) else made[0]
    assert found["content"] == [1]
    assert found["content"] is not message["content"]


def test_a_copy_of_what_has_no_end_is_bounded() -> None:
    endless: list[Any] = []
    endless.append(endless)
    snapshot(endless)
    snapshot({"a": endless, "b": [[0] * 5_000] * 5_000})


def test_unknown_fields_are_refused_with_the_nearest() -> None:
    with pytest.raises(TypeError, match="did you mean 'model'"):
        llmlog.call(modle="m")  # type: ignore[call-arg]


def test_strange_values_neither_raise_nor_pass(llmlog_records: Records) -> None:
    with llmlog.call(model="m", messages=object(), metadata={"x": object()}) as call:
        call.finish(object())
    payload = llmlog_records.one()
    assert payload.metadata == {"x": "[object]"}
    assert {change.path for change in payload.changes} >= {"metadata"}


class TestNesting:
    def test_a_call_inside_a_call_is_its_child(self, llmlog_records: Records) -> None:
        with llmlog.call(kind="agent") as outer, llmlog.call(kind="tool") as inner:
            pass
        tool, agent = llmlog_records.all()
        assert (tool.trace_id, tool.parent_span_id) == (agent.trace_id, agent.span_id)
        assert agent.parent_span_id is None
        assert (tool.ancestor_ids, agent.ancestor_ids) == ((agent.id,), ())
        assert (inner.span.span_id, outer.span.span_id) == (tool.span_id, agent.span_id)

    def test_a_place_is_the_same_whenever_it_is_asked_for(self, llmlog_records: Records) -> None:
        outer = llmlog.start_call()
        with outer, llmlog.call() as inner:
            early = Span(inner.span.trace_id, inner.span.span_id, inner.span.path)
        inner_id, outer_id = uuid.UUID(inner.id).int, uuid.UUID(outer.id).int
        assert early == inner.span
        assert hash(early) == hash(inner.span)
        assert copy.deepcopy(inner.span) == early
        assert early.path == (outer_id, inner_id)
        assert early.trace_id == f"{outer_id:032x}"
        assert inner.parent == outer.span != early
        assert [str(each.id) for each in llmlog_records.all()] == [inner.id, outer.id]

    def test_a_place_is_known_at_any_depth(self) -> None:
        deepest = first = OwnSpan(0, None)
        for _ in range(3_000):
            deepest = OwnSpan(0, deepest)
        assert deepest.trace_id == first.trace_id == f"{first.number:032x}"
        assert (deepest.path[0], deepest.path[-1]) == (first.number, deepest.number)
        assert len(deepest.path) == 3_001

    def test_siblings_have_traces_of_their_own(self, llmlog_records: Records) -> None:
        for _ in range(2):
            with llmlog.call():
                pass
        first, second = llmlog_records.all()
        assert first.trace_id != second.trace_id

    def test_tasks_and_contexts_inherit(self, llmlog_records: Records) -> None:
        async def child() -> None:
            async with llmlog.call(kind="tool"):
                await asyncio.sleep(0)

        async def main() -> None:
            async with llmlog.call(kind="agent"):
                await asyncio.gather(child(), asyncio.create_task(child()))
                context = contextvars.copy_context()
                thread = threading.Thread(target=context.run, args=(lambda: asyncio.run(child()),))
                thread.start()
                thread.join()

        asyncio.run(main())
        *tools, agent = llmlog_records.all()
        assert {tool.parent_span_id for tool in tools} == {agent.span_id}
        assert len(tools) == 3

    def test_traceparent_goes_in_and_out(self, llmlog_records: Records) -> None:
        header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        with llmlog.call(traceparent=header) as call:
            pass
        payload = llmlog_records.one()
        assert payload.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert payload.parent_span_id == "b7ad6b7169203331"
        assert call.traceparent == f"00-{payload.trace_id}-{payload.span_id}-01"

    @pytest.mark.parametrize("header", ["", "x", "00-0-0-00", "ff-" + "a" * 32 + "-" + "b" * 16 + "-01",
                                        "00-" + "0" * 32 + "-" + "b" * 16 + "-01"])  # fmt: skip
    def test_an_invalid_traceparent_is_ignored(self, header: str) -> None:
        assert read_traceparent(header) is None

    @pytest.mark.usefixtures("llmlog_records")
    def test_a_call_that_ended_holds_nothing_of_its_context(self) -> None:
        class Big: ...

        of_the_request: contextvars.ContextVar[Big] = contextvars.ContextVar("of_the_request")

        def block(big: Big) -> llmlog.Call:
            of_the_request.set(big)
            with llmlog.call(kind="chat", model="m") as call:
                call.finish("hi")
            return call

        big = Big()
        alive = weakref.ref(big)
        call = contextvars.copy_context().run(block, big)
        del big
        gc.collect()
        assert alive() is None
        assert call.status == "success"

    def test_a_block_sets_session_user_tags_and_metadata(self, llmlog_records: Records) -> None:
        with llmlog.context(session="s", tags=["a"], metadata={"x": 1, "y": 1}):
            with llmlog.context(user="u", tags=["b"]), llmlog.call(metadata={"y": 2}, tags=["c"]):
                pass
            with llmlog.call(session="own"):
                pass
        first, second = llmlog_records.all()
        assert (first.session_id, first.user_id) == ("s", "u")
        assert (first.tags, first.metadata) == (("a", "b", "c"), {"x": 1, "y": 2})
        assert (second.session_id, second.user_id) == ("own", None)


class TestStreams:
    def test_a_stream_passes_and_is_put_together(self, llmlog_records: Records) -> None:
        call = llmlog.start_call(model="m")
        assert list(call.stream(iter(CHUNKS))) == CHUNKS
        payload = llmlog_records.one()
        assert (payload.status, payload.stream) == ("success", True)
        assert payload.output_messages[0].text == "Hello"
        assert payload.finish_reasons == ("stop",)
        assert payload.chunks is not None
        assert payload.chunks.count == 3

    def test_time_to_first_token_skips_chunks_without_content(
        self, llmlog_records: Records
    ) -> None:
        call = llmlog.start_call(model="m")
        for chunk in call.stream(iter(CHUNKS)):
            del chunk
        recording = call.recording
        assert recording is not None
        expected = recording.times_ns[1] - call.start_mono_ns
        assert llmlog_records.one().timing.time_to_first_token_ns == expected

    def test_no_chunk_no_time_to_first_token(self, llmlog_records: Records) -> None:
        assert list(llmlog.start_call(model="m").stream(iter(()))) == []
        assert llmlog_records.one().timing.time_to_first_token_ns is None

    def test_leaving_a_stream_early_is_an_abort_with_partial_output(
        self, llmlog_records: Records
    ) -> None:
        with llmlog.call(model="m") as call:
            for chunk in call.stream(iter(CHUNKS)):
                if chunk is CHUNKS[1]:
                    break
        gc.collect()
        payload = llmlog_records.one()
        assert (payload.status, payload.output_messages[0].text) == ("aborted", "Hel")

    def test_closing_a_stream_is_an_abort(self, llmlog_records: Records) -> None:
        closed = []

        def source() -> Iterator[Any]:
            try:
                yield from CHUNKS
            finally:
                closed.append(True)

        stream = llmlog.start_call(model="m").stream(source())
        next(stream)
        stream.close()
        assert closed
        assert llmlog_records.one().status == "aborted"

    def test_a_stream_never_started_is_recorded_too(self, llmlog_records: Records) -> None:
        llmlog.start_call(model="m").stream(iter(CHUNKS))
        gc.collect()
        assert llmlog_records.one().status == "aborted"

    def test_an_error_in_a_stream_passes_and_is_recorded(self, llmlog_records: Records) -> None:
        def source() -> Iterator[Any]:
            yield CHUNKS[1]
            raise ConnectionError("cut")

        with pytest.raises(ConnectionError):
            list(llmlog.start_call(model="m").stream(source()))
        payload = llmlog_records.one()
        assert (payload.status, payload.output_messages[0].text) == ("failure", "Hel")

    def test_async_streams_do_the_same(self, llmlog_records: Records) -> None:
        async def source() -> AsyncIterator[Any]:
            for chunk in CHUNKS:
                yield chunk

        async def main() -> list[Any]:
            whole = [chunk async for chunk in llmlog.start_call(model="m").stream(source())]
            cut = llmlog.start_call(model="m").stream(source())
            await anext(cut)
            await cut.aclose()
            return whole

        assert asyncio.run(main()) == CHUNKS
        first, second = llmlog_records.all()
        assert (first.status, second.status) == ("success", "aborted")

    def test_a_stream_outlives_its_block(self, llmlog_records: Records) -> None:
        def ask() -> Iterator[Any]:
            with llmlog.call(model="m") as call:
                return call.finish(iter(CHUNKS))  # type: ignore[no-any-return]

        assert list(ask()) == CHUNKS
        assert llmlog_records.one().status == "success"

    def test_attributes_of_the_source_are_there(self) -> None:
        class Source:
            response = "raw"

            def __iter__(self) -> Iterator[int]:
                return iter([1])

        assert llmlog.start_call().stream(Source()).response == "raw"


class TestDecorator:
    def test_each_call_of_a_function_is_a_record(self, llmlog_records: Records) -> None:
        @llmlog.call(kind="tool")
        def add(a: int, b: int = 1) -> int:
            """Add."""
            return a + b

        assert (add(1), add(1, b=2)) == (2, 3)
        assert add.__doc__ == "Add."
        first, second = llmlog_records.all()
        assert (first.name, first.input_value, first.output_value) == ("add", {"a": 1}, 2)
        assert first.id != second.id

    def test_coroutines_and_generators_keep_their_nature(self, llmlog_records: Records) -> None:
        @llmlog.call(kind="chain")
        async def double(a: int) -> int:
            return a * 2

        @llmlog.call(kind="chain")
        def count(to: int) -> Iterator[str]:
            yield from map(str, range(to))

        @llmlog.call(kind="chain")
        async def acount(to: int) -> AsyncIterator[str]:
            for number in range(to):
                yield str(number)

        async def main() -> list[str]:
            return [item async for item in acount(2)]

        assert asyncio.run(double(2)) == 4
        assert list(count(2)) == ["0", "1"]
        assert asyncio.run(main()) == ["0", "1"]
        assert [payload.name for payload in llmlog_records.all()] == ["double", "count", "acount"]

    def test_an_exception_in_a_function_passes(self, llmlog_records: Records) -> None:
        @llmlog.call(kind="tool")
        def fail() -> None:
            raise KeyError("x")

        with pytest.raises(KeyError):
            fail()
        assert llmlog_records.one().status == "failure"
