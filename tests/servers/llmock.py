"""llmock: a scripted model server, OpenAI-compatible under `/v1`, Anthropic under `/anthropic`.

What a request gets is queued before it with `script`, and used up by the first request it matches;
see `fail`, `reply`, `call_tool`, `slow`, `slow_first_token` and `break_stream`. With nothing queued:

- chat: `POST /v1/chat/completions` answers text that depends on the request only, with usage;
- stream: the same with `"stream": true`; `"stream_options": {"include_usage": true}` adds the last
  chunk with usage and no choices;
- tools: a request that offers `tools` gets a call of one, with arguments made from its schema, and
  text once a message of role `tool` is there;
- embeddings: `POST /v1/embeddings` answers vectors, with usage;
- a chunk every `chunk_delay_ms`: start it with `launch(chunk_delay_ms=50)`.

The package is llmock.
"""

from __future__ import annotations

from typing import Any

from servers import api
from servers.environment import Environment
from servers.process import HOST, Launch, Server

Behaviour = dict[str, Any]

ENVIRONMENT = Environment("llmock", ("llmock==0.2.2",))


def launch(chunk_delay_ms: int = 0) -> Launch:
    """Say how to start it, with a pause before each chunk of a stream."""
    options = ("--log-level", "warning", "--stream-chunk-delay-ms", str(chunk_delay_ms))
    command = (ENVIRONMENT.program("llmock"), "serve", "-h", HOST, "-p", "{http}", *options)
    return Launch("llmock", command, ready="/health")


def script(server: Server, *behaviours: Behaviour) -> None:
    """Queue what the coming requests get; those of different types fall on the same request."""
    api.post(server, "/_llmock/scenario", {"behaviors": behaviours})


def fail(status: int, *, retry_after: float | None = None, times: int | None = 1) -> Behaviour:
    """Answer with an HTTP error, `fail(429, retry_after=1)` or `fail(500)`; None is for ever."""
    return {"type": "fail", "status": status, "retry_after": retry_after, "times": times}


def reply(text: str) -> Behaviour:
    """Answer with this text."""
    return {"type": "reply", "text": text}


def call_tool(name: str, **arguments: object) -> Behaviour:
    """Answer with a call of this tool."""
    return {"type": "reply", "tool_calls": [{"name": name, "arguments": arguments}]}


def slow(seconds: float) -> Behaviour:
    """Hold the whole answer back."""
    return {"type": "delay", "seconds": seconds}


def slow_first_token(seconds: float) -> Behaviour:
    """Hold the first chunk of a stream back."""
    return {"type": "slow_first_token", "seconds": seconds}


def break_stream(kind: str, after_chunks: int = 1) -> Behaviour:
    """Break a stream: `disconnect`, `truncate` (a clean but early end) or `malformed` JSON."""
    return {"type": "stream_fault", "kind": kind, "after_chunks": after_chunks}


def requests(server: Server) -> list[dict[str, Any]]:
    """Return every request served: path, status, body, model, stream, completed, chunks_sent."""
    served: list[dict[str, Any]] = api.get(server, "/_llmock/requests")["requests"]
    return served


def reset(server: Server) -> None:
    """Forget requests and what is queued."""
    api.post(server, "/_llmock/reset")
