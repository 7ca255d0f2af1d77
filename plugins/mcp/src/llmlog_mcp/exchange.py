"""What is asked of a server and what it answers, in the fields of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmlog import Call
from llmlog.tapping.failure import FailedResponseError

_KINDS: Mapping[str, tuple[str, str | None, str | None]] = {
    "tools/call": ("tool", "name", "arguments"),
    "tools/list": ("retrieval", None, None),
    "resources/read": ("retrieval", "uri", None),
    "resources/list": ("retrieval", None, None),
    "resources/templates/list": ("retrieval", None, None),
    "prompts/get": ("retrieval", "name", "arguments"),
    "prompts/list": ("retrieval", None, None),
}
"""Methods that are recorded: their kind, what names the call, what it is given."""
_BINARY = ("data", "blob")


def read_request(session: Any, request: Any) -> dict[str, Any] | None:
    """Return the fields of a call, None for what is none, such as a ping."""
    own = getattr(request, "root", request)  # before version 2 a model around the request
    known = _KINDS.get(own.method)
    if known is None:
        return None
    kind, name, given = known
    params = getattr(own, "params", None)
    said = str(getattr(params, name)) if name else None
    return {
        "kind": kind,
        "name": said or own.method,
        "input": getattr(params, given, None) or {} if given else {name: said} if name else None,
        "attributes": {"mcp.method.name": own.method, **_server(session)},
    }


def _server(session: Any) -> dict[str, str]:
    """Return what the server said of itself, where the client remembers."""
    info = getattr(session, "server_info", None)
    version = getattr(session, "protocol_version", None)
    known = {
        "mcp.server.name": getattr(info, "name", None),
        "mcp.server.version": getattr(info, "version", None),
        "mcp.protocol.version": version,
    }
    return {name: value for name, value in known.items() if isinstance(value, str)}


class Answer:
    """A result that is made plain when the record is made; models of pydantic look like this."""

    __slots__ = ("result",)

    def __init__(self, result: Any) -> None:
        self.result = result

    def model_dump(self, **_: object) -> dict[str, Any]:
        """Return the result as JSON data, of what is binary only the size."""
        said = self.result.model_dump(mode="json", by_alias=True, exclude_none=True)
        said.pop("_meta", None)
        return {name: _small(value) for name, value in said.items()}


def _small(value: Any) -> Any:
    if isinstance(value, list):
        return [_small(one) for one in value]
    if not isinstance(value, dict):
        return value
    sizes = {f"{name}_bytes": len(value[name]) * 3 // 4 for name in _BINARY
             if isinstance(value.get(name), str) and "mimeType" in value}  # fmt: skip
    kept = {name: one for name, one in value.items() if f"{name}_bytes" not in sizes}
    return {**{name: _small(one) for name, one in kept.items()}, **sizes}


def finish(call: Call, result: Any) -> None:
    """End the call with a result, which may be that the tool failed."""
    failed = getattr(result, "is_error", None) or getattr(result, "isError", None)
    if not failed:
        call.finish(Answer(result))
        return
    call.set(output=Answer(result))
    words = [getattr(part, "text", None) for part in getattr(result, "content", None) or ()]
    call.fail(FailedResponseError("\n".join(filter(None, words)) or "the tool failed"))
