"""An MCP server over stdio, with tools that answer, fail, hang and show a picture."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import Any

try:
    from mcp.server import MCPServer
except ImportError:  # before version 2
    from mcp.server.fastmcp import FastMCP as MCPServer

server: Any = MCPServer("weather")


@server.tool()
def get_weather(city: str) -> dict[str, Any]:
    """Say how the weather is."""
    return {"city": city, "degrees": 7}


@server.tool()
def fail(reason: str) -> str:
    """Fail for a reason."""
    raise ValueError(reason)


@server.tool()
async def hang() -> str:
    """Answer too late."""
    await asyncio.sleep(600)
    return "late"


@server.tool()
def draw() -> Any:
    """Draw a picture."""
    from mcp.types import ImageContent

    data = base64.b64encode(b"picture").decode()
    names = {"mimeType": "image/png"} if "mimeType" in ImageContent.model_fields else {
        "mime_type": "image/png"}  # fmt: skip
    return [ImageContent(type="image", data=data, **names)]


@server.resource("notes://today")
def today() -> str:
    """Return the notes of the day."""
    return "buy milk"


@server.prompt()
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Say hello to {name}."


@server.resource("notes://late")
async def late() -> str:
    """Return notes too late."""
    return await hang()


@server.prompt()
async def slow() -> str:
    """Greet too late."""
    return await hang()


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    server.run()
