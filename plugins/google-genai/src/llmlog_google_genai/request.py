"""What is asked: from the client's request to the fields of a call, and back after hooks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import define

from llmlog import Call
from llmlog.tapping.exchange import Edited
from llmlog.tapping.provider import PORTS, key_of

_PATH = re.compile(r"(?:.*/)?models/(?P<model>[^/:]+):(?P<operation>\w+)")
_TUNED = re.compile(r"(?P<model>(?:.*/)?(?:tunedModels|endpoints)/[^/:]+):(?P<operation>\w+)")
_KINDS = {"generateContent": "chat", "streamGenerateContent": "chat", "embedContent": "embedding",
          "batchEmbedContents": "embedding", "predict": "image"}  # fmt: skip
_CONFIG = "generationConfig"
_APART = frozenset({"contents", "systemInstruction", "tools", _CONFIG, "_url", "_query", "model",
                    "content", "requests", "instances"})  # fmt: skip


@define
class Asked(Edited):
    """One request to a model, as it is about to be sent."""

    beside: frozenset[str]

    def send(self, call: Call, options: dict[str, Any]) -> None:
        """Put into the request what hooks edited."""
        messages, parameters = self.before
        if call.messages is not messages:
            self._send_messages(call.messages, options)
        if call.parameters is not parameters:
            self._send_parameters(call.parameters or {}, options)

    @staticmethod
    def _send_messages(messages: Any, options: dict[str, Any]) -> None:
        turns = list(messages) if isinstance(messages, list) else messages
        options.pop("systemInstruction", None)
        first = turns[0] if isinstance(turns, list) and turns else None
        if isinstance(first, dict) and first.get("role") == "system":
            options["systemInstruction"] = {"parts": first.get("parts"), "role": "user"}
            turns = turns[1:]
        options["contents"] = turns

    def _send_parameters(self, parameters: Mapping[str, Any], options: dict[str, Any]) -> None:
        for name in self.beside:
            options.pop(_camel(name), None)
        options.update({_camel(name): value for name, value in parameters.items()
                        if name in self.beside})  # fmt: skip
        options[_CONFIG] = {_camel(name): value for name, value in parameters.items()
                            if name not in self.beside}  # fmt: skip


def read_request(client: Any, method: str, path: str, body: Any, *, stream: bool) -> Asked | None:
    """Read a request; None if it asks no model."""
    match = _PATH.match(path) or _TUNED.match(path)
    kind = _kind(match["operation"], body) if match and method.lower() == "post" else None
    if match is None or kind is None or not isinstance(body, dict):
        return None
    url = urlsplit(str(client._http_options.base_url or ""))  # noqa: SLF001
    beside = {_snake(name): value for name, value in body.items() if name not in _APART}
    config = {_snake(name): value for name, value in (body.get(_CONFIG) or {}).items()}
    fields = {
        "kind": kind,
        "model": match["model"],
        "provider": "gcp.vertex_ai" if client.vertexai else "gcp.gemini",
        "server_address": url.hostname,
        "server_port": url.port or PORTS.get(url.scheme),
        "api_key": key_of(client),
        "stream": stream,
        "tools": body.get("tools"),
        "parameters": {**config, **beside},
        **_content(kind, body),
    }
    return Asked(fields, frozenset(beside))


def _kind(operation: str, body: Any) -> str | None:
    kind = _KINDS.get(operation)
    rows = body.get("instances") if isinstance(body, dict) else None
    if kind == "image" and isinstance(rows, list) and rows and "content" in rows[0]:
        return "embedding"
    return kind


def _content(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "chat":
        system = body.get("systemInstruction")
        prompt = [{**system, "role": "system"}] if isinstance(system, dict) else []
        contents = body.get("contents")
        turns = contents if isinstance(contents, list) else [contents] if contents else []
        return {"messages": [*prompt, *turns]}
    rows = body.get("requests") or body.get("instances") or [body]
    texts = [_text(row) for row in rows]
    return {"input": texts[0] if len(texts) == 1 else texts}


def _text(row: Mapping[str, Any]) -> Any:
    """Return the text to embed or to draw, whatever it is when it is more than a text."""
    content = row.get("content", row.get("prompt"))
    parts = content.get("parts") if isinstance(content, dict) else None
    texts = [part.get("text") for part in parts or ()]
    return texts[0] if len(texts) == 1 and texts[0] else content


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
