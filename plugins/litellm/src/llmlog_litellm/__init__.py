"""Record every call of LiteLLM: `litellm.callbacks = [llmlog_litellm.callback]`.

LiteLLM describes each call in its standard logging payload; all of it becomes one llmlog payload.
`import llmlog_litellm` imports nothing of LiteLLM; `callback` does, at its first use.

https://docs.litellm.ai/docs/proxy/logging_spec
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmlog_litellm.bridge import Callback as Callback
    from llmlog_litellm.bridge import callback as callback

__all__ = ["Callback", "callback"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from llmlog_litellm import bridge

        value: object = getattr(bridge, name)
        return value
    message = f"module 'llmlog_litellm' has no attribute {name!r}"
    raise AttributeError(message)
