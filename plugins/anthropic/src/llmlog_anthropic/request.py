"""What is asked: from the client's request to the fields of a call, and back after hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define

from llmlog import Call
from llmlog.tapping.exchange import Edited
from llmlog.tapping.provider import PORTS, key_of, name_of

_PATHS = ("/v1/messages", "/v1/messages?beta=true")
_APART = frozenset({"model", "stream", "tools", "messages", "system"})
_CLIENTS = {
    "Bedrock": "aws.bedrock", "Vertex": "gcp.vertex_ai", "Foundry": "azure.ai.foundry",
    "AnthropicAWS": "anthropic", "AnthropicGoogleCloud": "anthropic",
}  # fmt: skip
_LEFT_OUT = ("Omit", "NotGiven")


@define
class Asked(Edited):
    """One request to a model, as it is about to be sent."""

    body: Mapping[str, Any]

    def send(self, call: Call, options: Any) -> None:
        """Put into the request what hooks edited."""
        edited = self.has_messages(call)
        if edited or self.has_parameters(call):
            kept = {name: value for name, value in self.body.items() if name not in self.before[1]}
            turns = self._turns(call.messages, kept) if edited else {}
            options.json_data = {**kept, **(call.parameters or {}), **turns}
            options.extra_json = None

    @staticmethod
    def _turns(messages: Any, kept: dict[str, Any]) -> dict[str, Any]:
        """Put a system prompt that leads the messages back beside them, where the API has it."""
        if kept.pop("system", None) is None or not isinstance(messages, list):
            return {"messages": messages}
        first = messages[0] if messages and isinstance(messages[0], dict) else {}
        if first.get("role") != "system":
            return {"messages": messages}
        return {"system": first.get("content"), "messages": messages[1:]}


def read_request(client: Any, options: Any, stream: bool) -> Asked | None:  # noqa: FBT001
    """Read a request; None if it asks no model."""
    if options.method.lower() != "post" or options.url not in _PATHS:
        return None
    body = _body(options)
    url = client.base_url
    fields = {
        "kind": "chat",
        "model": body.get("model"),
        "provider": _provider(client, url.host),
        "server_address": url.host,
        "server_port": url.port or PORTS.get(url.scheme),
        "api_key": key_of(client),
        "stream": stream,
        "tools": body.get("tools"),
        "messages": _messages(body),
        "parameters": {name: value for name, value in body.items() if name not in _APART},
    }
    return Asked(fields, body)


def _body(options: Any) -> dict[str, Any]:
    """Return what will be sent, without the marks of what the caller left out."""
    sent = options.json_data if isinstance(options.json_data, dict) else {}
    whole = {**sent, **(options.extra_json or {})}
    return {name: value for name, value in whole.items() if type(value).__name__ not in _LEFT_OUT}


def _provider(client: Any, host: str) -> str:
    names = [cls.__name__ for cls in type(client).__mro__]
    known = (provider for mark, provider in _CLIENTS.items() if any(mark in name for name in names))
    return next(known, None) or name_of(host)


def _messages(body: Mapping[str, Any]) -> list[Any]:
    system = body.get("system")
    prompt = [{"role": "system", "content": system}] if system else []
    return [*prompt, *(body.get("messages") or ())]
