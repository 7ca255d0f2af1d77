"""Record the runs of LangChain: `config={"callbacks": [llmlog_langchain.CallbackHandler()]}`.

Chains, models, tools and retrievers become records with their parents. `import llmlog_langchain`
imports nothing of LangChain; `CallbackHandler` does, at its first use.

https://python.langchain.com/docs/concepts/callbacks/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmlog_langchain.handler import CallbackHandler as CallbackHandler

__all__ = ["CallbackHandler"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from llmlog_langchain import handler

        value: object = getattr(handler, name)
        return value
    message = f"module 'llmlog_langchain' has no attribute {name!r}"
    raise AttributeError(message)
