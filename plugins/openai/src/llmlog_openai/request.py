"""What is asked: from the client's request to the fields of a call, and back after hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define

from llmlog import Call
from llmlog.tapping.exchange import Edited
from llmlog.tapping.provider import key_of
from llmlog_openai.endpoint import ENDPOINTS, Endpoint
from llmlog_openai.provider import Provider, provider_of

_RAW_HEADER = "x-stainless-raw-response"


@define
class Asked(Edited):
    """One request to a model, as it is about to be sent."""

    endpoint: Endpoint
    asks_usage: bool = False
    system: str | None = None

    def send(self, call: Call, options: Any) -> None:
        """Put into the request what hooks edited, and the wish for usage."""
        if self.has_messages(call) or self.has_parameters(call):
            options.json_data = self._edited(call, {**self._sent(options), **self._extra(options)})
            options.extra_json = None
        if self.asks_usage:
            sent = self._sent(options)
            wishes = {**(sent.get("stream_options") or {}), "include_usage": True}
            options.json_data = {**sent, "stream_options": wishes}

    def _edited(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in body.items() if name not in self.before[1]}
        content = self._content(call.messages) if self.has_messages(call) else {}
        return {**kept, **(call.parameters or {}), **content}

    @staticmethod
    def _sent(options: Any) -> dict[str, Any]:
        return dict(options.json_data or {})

    @staticmethod
    def _extra(options: Any) -> dict[str, Any]:
        return dict(options.extra_json or {})

    def _content(self, messages: Any) -> dict[str, Any]:
        if self.system is None:
            return {self.endpoint.content: messages}
        first, *rest = messages if isinstance(messages, list) and messages else [None]
        if isinstance(first, dict) and first.get("role") == "system":
            return {"instructions": first.get("content"), self.endpoint.content: rest}
        return {"instructions": None, self.endpoint.content: messages}


def read_request(client: Any, options: Any, stream: bool) -> Asked | None:  # noqa: FBT001
    """Read a request; None if it asks no model."""
    endpoint = ENDPOINTS.get(options.url) if options.method.lower() == "post" else None
    if endpoint is None:
        return None
    sent = options.json_data if isinstance(options.json_data, dict) else {}
    extra = options.extra_json or {}
    body = {**sent, **extra}
    provider = provider_of(client)
    fields = {**_fields(endpoint, body, provider, stream), "api_key": key_of(client)}
    asked = Asked(fields, endpoint, system=_system(body))
    wishes = body.get("stream_options") or {}
    asked.asks_usage = (
        stream
        and endpoint.counts_on_demand
        and provider.counts_streams
        and "include_usage" not in wishes
        and "stream_options" not in extra
        and not _is_raw(options)
    )
    return asked


def _is_raw(options: Any) -> bool:
    headers = options.headers if isinstance(options.headers, Mapping) else {}
    return any(str(name).lower() == _RAW_HEADER for name in headers)


def _system(body: Mapping[str, Any]) -> str | None:
    instructions = body.get("instructions")
    return instructions if isinstance(instructions, str) and "input" in body else None


def _fields(
    endpoint: Endpoint,
    body: Mapping[str, Any],
    provider: Provider,
    stream: bool,  # noqa: FBT001
) -> dict[str, Any]:
    apart = {"model", "stream", "tools", "functions", endpoint.content}
    model = body.get("model")
    fields = {
        "kind": endpoint.kind,
        "model": model,
        "provider": provider.name,
        "server_address": provider.address,
        "server_port": provider.port,
        "stream": stream,
        "tools": body.get("tools") or body.get("functions"),
        **_content(endpoint, body),
    }
    if provider.name == "azure.ai.openai":
        fields["deployment"] = model
    if _system(body) is not None:
        apart.add("instructions")
    fields["parameters"] = {name: value for name, value in body.items() if name not in apart}
    return fields


def _content(endpoint: Endpoint, body: Mapping[str, Any]) -> dict[str, Any]:
    content = body.get(endpoint.content)
    if not endpoint.is_conversation or _is_tokens(content):
        return {"input": content}
    system = _system(body)
    if system is None:
        return {"messages": content}
    turns = [{"role": "user", "content": content}] if isinstance(content, str) else content
    return {"messages": [{"role": "system", "content": system}, *(turns or ())]}


def _is_tokens(content: Any) -> bool:
    """Say whether a prompt is given as token ids."""
    return isinstance(content, list) and any(isinstance(item, (int, list)) for item in content)
