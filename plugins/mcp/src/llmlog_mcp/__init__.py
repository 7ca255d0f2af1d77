"""Record what MCP clients ask of servers: `llmlog.instrument("mcp")`.

It stands at the one method of a client's session that every request passes through, whatever the
transport.

https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

from llmlog_mcp.instrumentor import instrumentor

__all__ = ["instrumentor"]
