"""Record the calls of OpenAI clients: `llmlog.wrap(openai.OpenAI())`.

Works on one client at a time and changes nothing else in the process. It stands between the
client's methods and its one `request` method, so that every way to ask (`create`, `parse`,
`stream`, raw and streaming responses, sync and async) is seen once, whatever SDK version.

https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

from llmlog.tapping.client import ClientInstrumentor
from llmlog_openai.answer import exchange
from llmlog_openai.connection import watch
from llmlog_openai.request import read_request

__all__ = ["instrumentor"]

instrumentor = ClientInstrumentor(
    name="openai",
    packages=("openai",),
    example="OpenAI()",
    classes=("OpenAI", "AsyncOpenAI"),
    watch=watch,
    read_request=read_request,
    answered=exchange.answered,
    failed=exchange.failed,
)
