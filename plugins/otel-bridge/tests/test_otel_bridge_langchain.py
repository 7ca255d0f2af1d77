"""LangChain through both instrumentations, field by field beside what llmlog's handler records."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from llmlog import Logger, Payload
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.records import Records

Instrument = Callable[[Any], None]
OWN = ("id", "trace_id", "span_id", "parent_span_id", "ancestor_ids", "timing", "attributes",
       "host_name", "usage.raw")  # fmt: skip
"""Each observer's own: ids and times, and where it says what else it knows."""


def weather(city: str) -> str:
    """Tell the weather."""
    return f"Rain in {city}"


def retriever() -> Any:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class Notes(BaseRetriever):
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> Any:
            return [Document("Rain", metadata={"page": 1})]

    return Notes()


def ask_chat(model: Any, config: Any) -> None:
    model.invoke([("system", "Be brief."), ("user", "Hi")], config)


def ask_stream(model: Any, config: Any) -> None:
    list(model.stream("Hi", config))


def ask_tool(_: Any, config: Any) -> None:
    from langchain_core.tools import tool

    tool(weather).invoke({"city": "Oslo"}, config)


def ask_retriever(_: Any, config: Any) -> None:
    retriever().invoke("weather", config)


def ask_chain(model: Any, config: Any) -> None:
    from langchain_core.prompts import ChatPromptTemplate

    prompt = ChatPromptTemplate.from_messages([("user", "{word}")])
    (prompt | model).invoke({"word": "Hi"}, {**config, "run_name": "shop"})


def ask_failing(model: Any, config: Any) -> None:
    with pytest.raises(Exception, match="No"):
        model.invoke("Hi", config)


ASKS: dict[str, Callable[[Any, Any], None]] = {
    "chat": ask_chat, "tools": ask_chat, "stream": ask_stream, "tool": ask_tool,
    "retriever": ask_retriever, "chain": ask_chain, "failure": ask_failing,
}  # fmt: skip
_NAME = "the spans of models have names of their own"
_TAGS = "neither says LangChain's tags"
_FRAME = "a step's message, and what it is given alone, look otherwise when they are written down"
NOT_SAID: dict[tuple[str, str], dict[str, str]] = {
    ("openinference", "*"): {"name": _NAME, "tags": _TAGS,
                             "error.code": "no code, no stack", "error.stacktrace": "as the code",
                             "error.request_id": "as the code"},
    ("openinference", "tool"): {"input_value": _FRAME},
    ("openinference", "chain"): {"input_value": _FRAME, "output_value": _FRAME},
    ("openinference", "stream"): {"response_model": "the model that was asked for",
                                  "stream": "nothing says so", "chunks": "no time of a chunk",
                                  "response_id": "not of streams", "service_tier": "not of streams",
                                  "cost": "that of the model that was asked for"},
    ("openllmetry", "*"): {"name": _NAME, "tags": _TAGS, "service_tier": "not said",
                           "usage": "no reasoning tokens", "cost": "as the usage",
                           "error.code": "no code, no stack", "error.stacktrace": "as the code",
                           "error.request_id": "as the code"},
    ("openllmetry", "chain"): {"output_value": _FRAME},
    ("openllmetry", "stream"): {"response_model": "the model that was asked for",
                                "stream": "nothing says so", "chunks": "no time of a chunk",
                                "response_id": "not of streams"},
    ("openllmetry", "retriever"): {"kind": "a retriever is a task among tasks",
                                   "input_value": _FRAME, "output_value": _FRAME},
}  # fmt: skip
"""What the spans do not say, or say otherwise, each with its reason."""


def served(name: str, wire: SimpleNamespace) -> Any:
    if name == "failure":
        return wire.json({"error": {"message": "No.", "type": "bad", "code": "no"}}, 400)
    if name == "stream":
        return wire.events(*wire.words, done=True)
    if name == "tools":
        return wire.json(wire.completion(content=None, tool_calls=[wire.call]))
    return wire.json(wire.completion())


def both(
    name: str, library: str, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
    instrument: Instrument,
) -> tuple[list[Payload], list[Payload]]:  # fmt: skip
    """Ask twice: once seen through the spans, once by llmlog's own handler."""
    handler = pytest.importorskip("llmlog_langchain").CallbackHandler
    chat = pytest.importorskip("langchain_openai").ChatOpenAI
    endpoint.default = served(name, wire)
    model = chat(model="gpt-4o-mini", base_url=f"{endpoint.url}/v1", api_key="sk-fake",
                 temperature=0.5, max_retries=0, stream_usage=True)  # fmt: skip
    if name == "tools":
        model = model.bind_tools([wire.tool])
    whose = {"metadata": {"session_id": "s-1", "order": "7"}, "tags": ["checkout"]}
    own = Records()
    with Logger(plugins=[own], environ={}, file=False) as own.logger:
        ASKS[name](model, {**whose, "callbacks": [handler(own.logger)]})
        mine = own.all()
    instrument(instrumentation(library))
    ASKS[name](model, whose)
    return records.all(), mine


def instrumentation(library: str) -> Any:
    if library == "openinference":
        from openinference.instrumentation.langchain import LangChainInstrumentor as LangChain
    else:
        from opentelemetry.instrumentation.langchain import LangchainInstrumentor as LangChain
    return LangChain()


@pytest.mark.parametrize("library", ["openinference", "openllmetry"])
@pytest.mark.parametrize("name", ASKS)
def test_spans_are_the_records_of_the_handler(
    plainly: Callable[..., dict[str, Any]],
    name: str, library: str, endpoint: ScriptedEndpoint, records: Records, wire: SimpleNamespace,
    instrument: Instrument,
) -> None:  # fmt: skip
    bridged, mine = both(name, library, endpoint, records, wire, instrument)
    known = {**NOT_SAID.get((library, "*"), {}), **NOT_SAID.get((library, name), {})}
    differing = {}
    for theirs, ours in zip(
        *([plainly(each, OWN) for each in seen] for seen in (bridged, mine)), strict=True
    ):
        for field in ours:
            if ours[field] != theirs.get(field) and field not in known:
                differing[f"{ours['kind']}.{field}"] = (ours[field], theirs.get(field))
    assert not differing
