"""Record the calls of Anthropic clients: `llmlog.wrap(anthropic.Anthropic())`.

Works on one client at a time and changes nothing else in the process. It stands between the
client's methods and its one `request` method, so that every way to ask (`create`, `parse`,
`stream`, the tool runner, raw and streaming responses, sync and async) is seen once.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from llmlog import Logger
from llmlog_anthropic.client import wrap


@frozen(eq=False)
class AnthropicInstrumentor:
    """What `llmlog.wrap` looks for."""

    name: str = "anthropic"
    packages: tuple[str, ...] = ("anthropic",)

    def wrap(self, client: Any, logger: Logger) -> Any:
        """Make the client's calls records of `logger`; return the same client.

        A wrapped client that is wrapped again belongs to the last logger. Raises `PluginError`
        for an object that sends no requests.
        """
        return wrap(client, logger)


instrumentor = AnthropicInstrumentor()
