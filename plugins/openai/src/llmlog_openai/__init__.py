"""Record the calls of OpenAI clients: `llmlog.wrap(openai.OpenAI())`.

Works on one client at a time and changes nothing else in the process. It stands between the
client's methods and its one `request` method, so that every way to ask (`create`, `parse`,
`stream`, raw and streaming responses, sync and async) is seen once, whatever SDK version.

https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from llmlog import Logger
from llmlog_openai.client import wrap


@frozen(eq=False)
class OpenAIInstrumentor:
    """What `llmlog.wrap` looks for."""

    name: str = "openai"
    packages: tuple[str, ...] = ("openai",)

    def wrap(self, client: Any, logger: Logger) -> Any:
        """Make the client's calls records of `logger`; return the same client.

        A wrapped client that is wrapped again belongs to the last logger. Raises `PluginError`
        for an object that sends no requests.
        """
        return wrap(client, logger)


instrumentor = OpenAIInstrumentor()
