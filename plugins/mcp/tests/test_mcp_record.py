"""What the record says of a request, and what the caller sees of the recording: nothing."""

from __future__ import annotations

import asyncio
import inspect
import sys
from pathlib import Path
from typing import Any

import pytest

import llmlog
from llmlog import Logger
from llmlog.testing.records import Records


def test_a_tool_call_has_name_arguments_and_result(
    sessions: Any, session: Any, records: Records
) -> None:
    result = sessions.ask(session.call_tool, "get_weather", {"city": "Oslo"})
    payload = records.one()
    assert (payload.kind, payload.name, payload.status) == ("tool", "get_weather", "success")
    assert payload.input_value == {"city": "Oslo"}
    assert isinstance(payload.output_value, dict)
    (block,) = payload.output_value["content"]
    assert '"degrees": 7' in block["text"]
    assert type(result).__name__ == "CallToolResult"


def test_a_tool_that_fails_is_a_failed_record(
    sessions: Any, session: Any, records: Records
) -> None:
    sessions.ask(session.call_tool, "fail", {"reason": "no weather today"})
    payload = records.one()
    assert payload.status == "failure"
    assert payload.error is not None
    assert payload.error.message.startswith("Error executing tool fail")
    assert isinstance(payload.output_value, dict)
    assert payload.output_value["isError"] is True


def test_an_error_of_the_protocol_has_its_code(
    sessions: Any, session: Any, records: Records
) -> None:
    with pytest.raises(Exception, match=r"(?i)none|internal"):
        sessions.ask(session.get_prompt, "none")
    error = records.one().error
    assert error is not None
    assert error.code is None or int(error.code) < 0
    assert error.status_code is None


def test_a_picture_is_a_size(sessions: Any, session: Any, records: Records) -> None:
    sessions.ask(session.call_tool, "draw", {})
    payload = records.one()
    assert isinstance(payload.output_value, dict)
    (block, *_) = payload.output_value["content"]
    assert block == {"type": "image", "mimeType": "image/png", "data_bytes": 9}


def test_a_blocked_tool_is_not_run(sessions: Any) -> None:
    class Guard:
        @llmlog.hookimpl
        def pre_call(self, call: llmlog.Call) -> None:
            raise llmlog.Blocked("not this tool")

    records = Records()
    with Logger(plugins=[records, Guard()], environ={}, file=False) as logger:
        records.logger = logger
        session = logger.wrap(sessions.open())
        with pytest.raises(llmlog.Blocked):
            sessions.ask(session.call_tool, "get_weather", {"city": "Oslo"})
        assert records.one().status == "blocked"


def test_calls_around_and_within_are_one_tree(
    sessions: Any, session: Any, records: Records
) -> None:
    assert records.logger is not None
    logger = records.logger

    async def main() -> None:
        async with logger.call(kind="agent", name="helper"):
            await session.call_tool("get_weather", {"city": "Oslo"})

    sessions.ask(main)
    tool, agent = records.all()
    assert (tool.parent_span_id, tool.trace_id) == (agent.span_id, agent.trace_id)


def test_the_method_keeps_its_shape(sessions: Any, records: Records) -> None:
    assert records.logger is not None
    plain = sessions.open()
    recorded = records.logger.wrap(sessions.open())
    ours, theirs = recorded.send_request, plain.send_request
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert (ours.__name__, ours.__doc__) == (theirs.__name__, theirs.__doc__)


def test_a_client_that_is_not_connected_is_refused_with_a_remedy(records: Records) -> None:
    client: Any = pytest.importorskip("mcp").__dict__.get("Client")
    if client is None:
        pytest.skip("mcp before version 2 has sessions only")
    assert records.logger is not None
    with pytest.raises(llmlog.PluginError, match="connected"):
        records.logger.wrap(client("http://127.0.0.1:9/mcp"))


def test_a_server_over_stdio_is_recorded(records: Records) -> None:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    assert records.logger is not None
    records.logger.instrument("mcp")

    async def main() -> None:
        program = str(Path(__file__).with_name("server.py"))
        parameters = StdioServerParameters(command=sys.executable, args=[program])
        async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            await session.list_tools()
            await session.call_tool("get_weather", {"city": "Oslo"})

    try:
        asyncio.run(main())
    finally:
        from llmlog_mcp import instrumentor

        instrumentor.uninstrument()
    listing, tool = records.all()
    assert (listing.name, tool.name) == ("tools/list", "get_weather")
    assert tool.attributes.get("mcp.server.name", "weather") == "weather"
