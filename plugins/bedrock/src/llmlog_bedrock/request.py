"""What is asked: from an operation's parameters to the fields of a call, and back after hooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import define

from llmlog import Call
from llmlog.tapping.exchange import Edited
from llmlog.tapping.provider import PORTS

OPERATIONS: Mapping[str, bool] = {
    "Converse": False, "ConverseStream": True,
    "InvokeModel": False, "InvokeModelWithResponseStream": True,
}  # fmt: skip
"""The operations that ask a model, and whether they stream."""
_PROMPTS = ("prompt", "inputText", "texts", "images", "message")
_APART = frozenset({"modelId", "messages", "system", "toolConfig"})
_BODY_APART = frozenset({"messages", "system", "tools", *_PROMPTS})


@define
class Asked(Edited):
    """One request to a model, as it is about to be sent."""

    is_converse: bool

    def send(self, call: Call, options: dict[str, Any]) -> None:
        """Put into the parameters what hooks edited."""
        messages, parameters = self.before
        body = options if self.is_converse else _body(options)
        if call.parameters is not parameters:
            for name in parameters:
                body.pop(name, None)
            body.update(call.parameters or {})
        if call.messages is not messages:
            self._send_messages(call.messages, body)
        if not self.is_converse and (call.messages, call.parameters) != self.before:
            options["body"] = json.dumps(body)

    def _send_messages(self, messages: Any, body: dict[str, Any]) -> None:
        turns = list(messages)
        body.pop("system", None)
        if turns and isinstance(turns[0], dict) and turns[0].get("role") == "system":
            content = turns.pop(0).get("content")
            words = (
                [{"text": content}] if self.is_converse and isinstance(content, str) else content
            )
            body["system"] = words
        body["messages"] = turns


def read_request(client: Any, operation: str, params: Mapping[str, Any]) -> Asked:
    """Read the parameters of an operation that asks a model."""
    url = urlsplit(client.meta.endpoint_url)
    is_converse = operation.startswith("Converse")
    said = _converse(params) if is_converse else _invoke(params)
    fields = {
        "model": params.get("modelId"),
        "provider": "aws.bedrock",
        "server_address": url.hostname,
        "server_port": url.port or PORTS.get(url.scheme),
        "stream": OPERATIONS[operation],
        **said,
    }
    return Asked(fields, is_converse)


def _converse(params: Mapping[str, Any]) -> dict[str, Any]:
    tools = (params.get("toolConfig") or {}).get("tools")
    return {
        "kind": "chat",
        "messages": _messages(params),
        "tools": tools,
        "parameters": {name: value for name, value in params.items() if name not in _APART},
    }


def _messages(said: Mapping[str, Any]) -> list[Any]:
    system = said.get("system")
    prompt = [{"role": "system", "content": system}] if system else []
    return [*prompt, *(said.get("messages") or ())]


def _body(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of `invoke_model`, an empty one where it is no JSON object."""
    raw = params.get("body")
    try:
        made = json.loads(raw) if isinstance(raw, (str, bytes, bytearray)) else None
    except ValueError:
        return {}
    return made if isinstance(made, dict) else {}


def _invoke(params: Mapping[str, Any]) -> dict[str, Any]:
    body = _body(params)
    asked = next((body[name] for name in _PROMPTS if body.get(name)), None)
    parameters = {name: value for name, value in body.items() if name not in _BODY_APART}
    known = {"tools": body.get("tools"), "parameters": parameters}
    if body.get("messages"):
        return {"kind": "chat", "messages": _messages(body), **known}
    if "embed" in str(params.get("modelId")):
        return {"kind": "embedding", "input": asked, **known}
    if "taskType" in body or "text_prompts" in body:
        return {"kind": "image", "input": body, **known}
    return {"kind": "text_completion", "messages": asked, **known}
