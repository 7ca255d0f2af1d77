"""Trace ids, parents and dotted orders: calls of a trace agree, and the server's rules hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from llmlog import Logger, Payload
from llmlog.identity import Span, id_text, new_id, read_traceparent, span_of
from llmlog.instant import utc
from llmlog.testing import Answer, Received, ScriptedEndpoint, sample
from llmlog_langsmith.run import run

SEGMENT = re.compile(r"(\d{8}T\d{12})Z([0-9a-f-]{36})")


def called(start_ns: int, parent: Payload | None = None, header: str | None = None) -> Payload:
    """Return a payload with the ids that the core gives to a call that starts then."""
    number = new_id(start_ns)
    above = read_traceparent(header)
    if parent is not None:
        path = tuple(UUID(run_id).int for run_id in (*parent.ancestor_ids, parent.id))
        above = Span(parent.trace_id, parent.span_id, path)
    span = span_of(number, above)
    timing = evolve(sample().timing, start_unix_ns=start_ns, end_unix_ns=start_ns + 1)
    return evolve(
        sample(), id=id_text(number), trace_id=span.trace_id, span_id=span.span_id, timing=timing,
        parent_span_id=above.span_id if above else None,
        ancestor_ids=tuple(map(id_text, above.path)) if above else (),
    )  # fmt: skip


def header(trace_id: str) -> str:
    return f"00-{trace_id}-00f067aa0ba902b7-01"


NOON_NS = 1_793_534_400_000_000_000 + 123_456_789
MS = 1_000_000


def complaint(run: Any) -> str | None:
    """Say what the server says of a run: the rules that its error texts spell out."""
    order, parent = run["dotted_order"], run.get("parent_run_id")
    segments = [SEGMENT.fullmatch(part) for part in order.split(".")]
    if not all(segments):
        return "invalid dotted_order"
    times, ids = zip(*(segment.groups() for segment in segments if segment), strict=True)
    if ids[0] != run["trace_id"]:
        return "trace_id does not match first part of dotted_order"
    if ids[-1] != run["id"]:
        return "run id does not match last part of dotted_order"
    if parent is None and len(ids) > 1:
        return "dotted_order must contain a single part for root runs"
    if parent is not None and (len(ids) < 2 or ids[-2] != parent):
        return "dotted_order must contain at least two parts for child runs"
    return None if list(times) == sorted(times) else "timestamp earlier than parent timestamp"


def place(payload: Payload, *, nested: bool) -> SimpleNamespace:
    """Return where a run is in its tree, and when it starts."""
    made = run(payload, "default", nested=nested)
    assert complaint(made) is None
    names = ("trace_id", "parent_run_id", "dotted_order", "start_time")
    return SimpleNamespace(**{name: made.get(name) for name in names})


def time(unix_ns: int) -> str:
    return utc(unix_ns).isoformat(timespec="microseconds")


def test_a_root_is_its_own_trace() -> None:
    root = called(NOON_NS)
    where = place(root, nested=True)
    assert (where.trace_id, where.parent_run_id) == (root.id, None)
    assert where.dotted_order == f"20261101T120000123000Z{root.id}"


def test_root_and_children_agree_without_knowing_each_other() -> None:
    root = called(NOON_NS)
    child = called(NOON_NS + 5 * MS, root)
    deep = called(NOON_NS + 9 * MS, child)
    above, below, deepest = (place(payload, nested=True) for payload in (root, child, deep))
    assert deepest.trace_id == below.trace_id == above.trace_id == root.id
    assert (below.parent_run_id, deepest.parent_run_id) == (root.id, child.id)
    assert below.dotted_order == f"{above.dotted_order}.20261101T120000128000Z{child.id}"
    assert deepest.dotted_order == f"{below.dotted_order}.20261101T120000132000Z{deep.id}"


def test_a_run_starts_when_its_dotted_order_says() -> None:
    where = place(called(NOON_NS + MS, called(NOON_NS)), nested=True)
    assert where.start_time == time((NOON_NS + MS) // MS * MS)


def test_siblings_sort_by_their_start() -> None:
    root = called(NOON_NS)
    children = [called(NOON_NS + gap * MS, root) for gap in (9, 2, 5)]
    orders = sorted(place(child, nested=True).dotted_order for child in children)
    assert [order[-36:] for order in orders] == [children[n].id for n in (1, 2, 0)]


def test_a_clock_that_is_behind_is_put_at_the_parents_time() -> None:
    root = called(NOON_NS)
    late = called(NOON_NS - 2_000 * MS, header=header(root.trace_id))
    deep = called(NOON_NS - 1_900 * MS, late)
    for payload, count in ((late, 2), (deep, 3)):
        where = place(payload, nested=True)
        assert where.dotted_order.count("20261101T120000123000Z") == count
        assert where.start_time == time(payload.timing.start_unix_ns)


def test_a_trace_from_another_process_keeps_its_root() -> None:
    root = called(NOON_NS)
    remote = called(NOON_NS + 5 * MS, header=header(root.trace_id))
    deep = called(NOON_NS + 6 * MS, remote)
    above, below = place(remote, nested=True), place(deep, nested=True)
    assert above.parent_run_id == root.id
    assert above.dotted_order.startswith(f"{place(root, nested=True).dotted_order}.")
    assert below.dotted_order.startswith(f"{above.dotted_order}.")


@pytest.mark.parametrize(
    "trace",
    ["4bf92f3577b34da6a3ce929d0e0e4736", "69059c4000000000a3ce929d0e0e4736",
     f"{new_id(NOON_NS - 30 * 24 * 3_600_000 * MS):032x}"],
    ids=["random", "in seconds", "a month old"],
)  # fmt: skip
def test_a_trace_from_another_tracer_begins_with_our_outermost_call(trace: str) -> None:
    payload = called(NOON_NS, header=header(trace))
    where = place(payload, nested=True)
    below = place(called(NOON_NS + MS, payload), nested=True)
    assert (where.trace_id, where.parent_run_id) == (payload.id, None)
    assert (below.trace_id, below.parent_run_id) == (payload.id, payload.id)
    assert below.dotted_order.startswith(f"{where.dotted_order}.")


def test_without_nesting_each_call_is_a_root() -> None:
    child = called(NOON_NS + MS, called(NOON_NS))
    where = place(child, nested=False)
    assert (where.trace_id, where.parent_run_id) == (child.id, None)


def test_a_record_with_an_id_of_another_time_keeps_its_own() -> None:
    payload = evolve(called(NOON_NS), timing=evolve(sample().timing, start_unix_ns=0))
    assert place(payload, nested=True).start_time == time(0)
    random = evolve(payload, id="00f067aa-0ba9-42b7-8a3c-e929d0e0e473")
    assert place(random, nested=True).dotted_order.startswith("19700101T000000000000Z")


@pytest.fixture
def server() -> Iterator[ScriptedEndpoint]:
    """Return a server that is as strict as LangSmith: one bad run spoils the request."""

    def judge(request: Received) -> Answer:
        for each in request.json()["post"]:
            if problem := complaint(each):
                return Answer(status=400, content=problem.encode())
        return Answer(status=202)

    with ScriptedEndpoint(default=judge) as endpoint:
        yield endpoint


def test_a_strict_server_takes_a_whole_trace_of_real_calls(server: ScriptedEndpoint) -> None:
    values = {"api_key": "lsv2-fake", "endpoint": server.url, "api": "batch"}
    elsewhere = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with Logger(plugins=["langsmith"], environ={}, file=False,
                plugin={"langsmith": values}) as logger:  # fmt: skip
        with logger.call(kind="agent", name="support") as agent, \
             logger.call(kind="tool", name="search") as tool, \
             logger.call(kind="chat", model="m"):  # fmt: skip
            pass
        with logger.call(kind="chat", name="remote", traceparent=agent.traceparent):
            pass
        with logger.call(kind="agent", name="elsewhere", traceparent=elsewhere) as outer, \
             logger.call(kind="chat", name="inner"):  # fmt: skip
            pass
        assert logger.flush(20).complete
        stats = logger.stats()[-1]
    assert (stats.delivered, stats.lost) == (6, 0), stats.last_error
    runs = {run["name"]: run for request in server.requests for run in request.json()["post"]}
    parents = {name: run.get("parent_run_id") for name, run in runs.items()}
    assert parents == {"support": None, "search": agent.id, "chat m": tool.id,
                       "remote": agent.id, "elsewhere": None, "inner": outer.id}  # fmt: skip
    traces = {name: run["trace_id"] for name, run in runs.items()}
    assert traces == {name: outer.id if name in ("elsewhere", "inner") else agent.id
                      for name in runs}  # fmt: skip


def test_ids_hold_the_time_that_the_core_started_at() -> None:
    """What the scheme rests on: a root's id and its start are of one millisecond."""
    logger = Logger(plugins=[], environ={}, file=False)
    with logger, logger.call(kind="chat", model="m") as call:
        pass
    assert UUID(call.id).version == 7
    assert UUID(call.id).int >> 80 == call.start_unix_ns // MS
    assert call.span.trace_id == UUID(call.id).hex
