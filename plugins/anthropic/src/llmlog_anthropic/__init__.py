"""Record the calls of Anthropic clients: `llmlog.wrap(anthropic.Anthropic())`.

Works on one client at a time and changes nothing else in the process. It stands between the
client's methods and its one `request` method, so that every way to ask (`create`, `parse`,
`stream`, the tool runner, raw and streaming responses, sync and async) is seen once.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from llmlog import Call
from llmlog.tapping.client import ClientInstrumentor
from llmlog.tapping.exchange import Exchange
from llmlog_anthropic.request import read_request

__all__ = ["instrumentor"]

exchange = Exchange(request_id="request-id", limits="anthropic-ratelimit-", finish=Call.finish)
instrumentor = ClientInstrumentor(
    name="anthropic",
    packages=("anthropic",),
    example="Anthropic()",
    classes=("Anthropic", "AsyncAnthropic"),
    read_request=read_request,
    answered=exchange.answered,
    failed=exchange.failed,
)
