"""The promises of every instrumentor, and what this one sees."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from llmlog import Payload
from llmlog.testing import InstrumentorContract
from llmlog.testing.contract.coverage import OUTCOMES
from llmlog.testing.records import Records
from llmlog_mcp import instrumentor


class TestContract(InstrumentorContract):
    instrumentor = instrumentor

    @pytest.fixture(autouse=True)
    def serve(self, sessions: Any) -> None:
        self.sessions = sessions

    def client(self) -> Any:
        return self.sessions.open(knows_tools=False)

    def ask(self, client: Any) -> Any:
        return self.sessions.ask(client.read_resource, "notes://today")

    def fail(self, client: Any) -> Any:
        return self.sessions.ask(client.get_prompt, "no such prompt")


ONE_ANSWER = "the protocol answers once, and progress is no output"
NO_HTTP = "an error of JSON-RPC, which has no HTTP status: seen as 4xx"
Ask = Callable[[Any], Any]
CALLS: Mapping[str, tuple[Ask, Ask | None, str]] = {
    "tools/call": (lambda session: session.call_tool("get_weather", {"city": "Oslo"}),
                   lambda session: session.call_tool("fail", {"reason": "no weather"}), "tool"),
    "resources/read": (lambda session: session.read_resource("notes://today"),
                       lambda session: session.read_resource("notes://none"), "retrieval"),
    "prompts/get": (lambda session: session.get_prompt("greet", {"name": "Ada"}),
                    lambda session: session.get_prompt("none"), "retrieval"),
    "tools/list": (lambda session: session.list_tools(), None, "retrieval"),
    "resources/list": (lambda session: session.list_resources(), None, "retrieval"),
    "prompts/list": (lambda session: session.list_prompts(), None, "retrieval"),
}  # fmt: skip


HANGING: Mapping[str, Ask] = {
    "tools/call": lambda session: session.call_tool("hang"),
    "resources/read": lambda session: session.read_resource("notes://late"),
    "prompts/get": lambda session: session.get_prompt("slow"),
}


def reason(call: str, outcome: str) -> str | None:
    """Return why a cell is empty."""
    if outcome == "stream":
        return ONE_ANSWER
    if outcome == "5xx":
        return NO_HTTP
    if outcome == "4xx" and CALLS[call][1] is None:
        return "a listing of this server cannot be refused"
    if outcome == "tool call" and call != "tools/call":
        return "it asks for no tool"
    if outcome == "timeout" and call != "tools/call":
        return "the client's limit is that of the session, and the way that of a tool's"
    if outcome == "cancelled" and call not in HANGING:
        return "a listing of this server cannot be made to hang"
    return None


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_one_true_record(
    call: str, outcome: str, sessions: Any, session: Any, records: Records
) -> None:
    if reason(call, outcome):
        return
    ask, refused, kind = CALLS[call]
    SEE[outcome](sessions, session, HANGING[call] if outcome == "cancelled" else ask, refused)
    payload = records.one()
    assert (payload.kind, payload.attributes["mcp.method.name"]) == (kind, call)
    assert payload.timing.duration_ns > 0
    CHECKS[outcome](payload)


def _cancel(sessions: Any, session: Any, ask: Ask, _: Ask | None) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(ask(session))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    sessions.ask(main)


def _refused(sessions: Any, session: Any, _: Ask, refused: Ask) -> None:
    async def main() -> None:
        await refused(session)

    try:
        sessions.ask(main)
    except Exception as problem:  # a tool's failure is an answer, others are raised
        assert type(problem).__name__ in ("MCPError", "McpError")


def _late(sessions: Any, session: Any, *_: Any) -> None:
    import inspect
    from datetime import timedelta

    hint = str(inspect.signature(session.call_tool).parameters["read_timeout_seconds"].annotation)
    limit = timedelta(seconds=0.2) if "timedelta" in hint else 0.2
    with pytest.raises(Exception, match=r"(?i)timed out"):
        sessions.ask(session.call_tool, "hang", {}, limit)


def _answered(sessions: Any, session: Any, ask: Ask, _: Ask | None) -> None:
    async def main() -> Any:
        return await ask(session)

    assert sessions.ask(main) is not None


SEE: Mapping[str, Callable[..., None]] = {
    "success": _answered, "tool call": _answered, "cancelled": _cancel, "4xx": _refused,
    "timeout": _late,
}  # fmt: skip


def _is_failure(payload: Payload) -> None:
    assert payload.status == "failure"
    assert payload.error is not None
    assert payload.error.message


def _is_success(payload: Payload) -> None:
    assert payload.status == "success"
    assert payload.output_value


def _is_aborted(payload: Payload) -> None:
    assert payload.status == "aborted"


CHECKS: Mapping[str, Callable[[Payload], None]] = {
    "success": _is_success, "tool call": _is_success, "cancelled": _is_aborted,
    "4xx": _is_failure, "timeout": _is_failure,
}  # fmt: skip


def test_the_table_is_the_one_that_is_published() -> None:
    table = Path(__file__).parent / "coverage.json"
    made = {call: {outcome: reason(call, outcome) or "seen" for outcome in OUTCOMES}
            for call in CALLS}  # fmt: skip
    if os.environ.get("LLMLOG_UPDATE_GOLDEN"):
        table.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    assert json.loads(table.read_text(encoding="utf-8")) == made
